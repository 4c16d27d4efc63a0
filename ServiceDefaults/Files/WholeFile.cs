namespace ImageToText.ServiceDefaults.Files;

/// <summary>Replaces files in one step: a reader sees either the old contents or the new, never a part.</summary>
public static class WholeFile
{
    /// <summary>Replaces a file.</summary>
    /// <param name="path">The file. One writer at a time.</param>
    /// <param name="write">Writes its contents.</param>
    /// <param name="isSecret">Whether only this user may read it.</param>
    /// <exception cref="IOException">The disk failed; the old contents are still there.</exception>
    public static void Write(string path, Action<Stream> write, bool isSecret = false)
    {
        ArgumentNullException.ThrowIfNull(write);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (isSecret && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        string coming = path + ".new";
        using (var stream = new FileStream(coming, options))
        {
            write(stream);
        }

        File.Move(coming, path, overwrite: true);
    }

    /// <summary>Replaces a file's text.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text, bool isSecret = false) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)), isSecret);

    /// <summary>A file's text, trimmed; null: the file is missing or empty.</summary>
    public static string? ReadText(string path) => File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } text ? text : null;
}
