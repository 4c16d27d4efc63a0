namespace ImageToText.Standalone.Captions.Results;

/// <summary>
/// Replaces a file in one step. Readers, and a process that is killed meanwhile, see either the old file or the new one.
/// </summary>
internal static class WholeFile
{
    /// <exception cref="ResultFileException">The file can't be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        // There is one temporary name per file, so whatever a killed process left is overwritten by the next.
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
