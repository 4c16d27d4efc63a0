namespace ImageToText.Standalone.Captions.Results;

/// <summary>Replaces a file in one step: a reader, and a process killed on the way, see the old file or the new one.</summary>
internal static class WholeFile
{
    /// <exception cref="ResultFileException">The file can't be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        // One name a file: what a killed process left is written over by the next.
        string unfinished = path + ".unfinished";
        try
        {
            using (var stream = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                stream.Write(content);
            }

            File.Move(unfinished, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(unfinished);
            throw new ResultFileException($"{path}: can't be written. {e.Message}", e);
        }
    }
}
