namespace ImageToText.ServiceDefaults.Files;

/// <summary>Writes files whole: who reads one finds what was there before or what is there now, never a part of it.</summary>
public static class WholeFile
{
    /// <summary>Writes a file in place of the one before.</summary>
    /// <param name="path">The file. One writer at a time.</param>
    /// <param name="write">Writes its contents.</param>
    /// <param name="isSecret">Whether this user alone may read it.</param>
    /// <exception cref="IOException">The disk failed: what was there before still is.</exception>
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

    /// <summary>Writes text in place of a file's.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text, bool isSecret = false) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)), isSecret);

    /// <summary>A file's text without white space around it; null: there is no file, or nothing in it.</summary>
    public static string? ReadText(string path) => File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } text ? text : null;
}
