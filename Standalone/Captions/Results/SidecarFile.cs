using ImageToText.ServiceDefaults.Files;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>A file beside a picture.</summary>
internal static class SidecarFile
{
    /// <summary>Replaces the file in one step: a reader, and the next run after a kill, finds the old file or the new one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">What it is to hold.</param>
    /// <exception cref="ResultFileException">The file can't be written.</exception>
    public static void Write(string path, byte[] content)
    {
        try
        {
            WholeFile.Write(path, stream => stream.Write(content));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ResultFileException($"{path}: can't be written. {e.Message}", e);
        }
    }
}
