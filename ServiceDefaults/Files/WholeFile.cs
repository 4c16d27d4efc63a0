namespace ImageToText.ServiceDefaults.Files;

/// <summary>Replaces files in one step: a reader sees either the old contents or the new, never a part.</summary>
public static class WholeFile
{
    /// <summary>What is added to a file's name until its new contents are complete.</summary>
    public const string Unfinished = ".new";

    /// <summary>Replaces a file.</summary>
    /// <param name="path">The file. One writer at a time.</param>
    /// <param name="write">Writes its contents.</param>
    /// <param name="isSecret">Whether only this user may read it.</param>
    /// <exception cref="IOException">The disk failed; the old contents are still there.</exception>
    public static void Write(string path, Action<Stream> write, bool isSecret = false)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var replacement = new Replacement(path, isSecret);
        write(replacement.Stream);
        replacement.Complete();
    }

    /// <inheritdoc cref="Write"/>
    public static async Task WriteAsync(string path, Func<Stream, Task> write, bool isSecret = false)
    {
        ArgumentNullException.ThrowIfNull(write);
        using var replacement = new Replacement(path, isSecret);
        await write(replacement.Stream);
        replacement.Complete();
    }

    /// <summary>Replaces a file's text.</summary>
    /// <inheritdoc cref="Write"/>
    public static void WriteText(string path, string text, bool isSecret = false) =>
        Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)), isSecret);

    /// <summary>A file's text, trimmed; null: the file is missing or empty.</summary>
    public static string? ReadText(string path) => File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } text ? text : null;

    /// <summary>The new contents beside the old, until they are complete; if they never are, nothing remains of them.</summary>
    private sealed class Replacement : IDisposable
    {
        private readonly string _path;
        private readonly FileStream _stream;
        private bool _isComplete;

        public Replacement(string path, bool isSecret)
        {
            _path = path;
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (isSecret && !OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            _stream = new FileStream(path + Unfinished, options);
        }

        public Stream Stream => _stream;

        public void Complete()
        {
            _stream.Dispose();
            File.Move(_stream.Name, _path, overwrite: true);
            _isComplete = true;
        }

        public void Dispose()
        {
            if (_isComplete)
            {
                return;
            }

            try
            {
                _stream.Dispose();
            }
            catch (IOException)
            {
                // The disk is full, and the caller knows it from the write that failed.
            }

            File.Delete(_stream.Name);
        }
    }
}
