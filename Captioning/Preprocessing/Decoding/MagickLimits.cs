using ImageMagick;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>ImageMagick's process-wide limits, set once before its first use: no disk, no threads of its own.</summary>
internal static class MagickLimits
{
    private static readonly bool IsSet = Set();

    /// <summary>Only makes sure that the limits are set.</summary>
    public static void EnsureSet() => _ = IsSet;

    private static bool Set()
    {
        // Pictures that do not fit into memory would be written to disk, and every picture is decoded on the calling thread.
        ResourceLimits.Disk = 0;
        ResourceLimits.Thread = 1;
        return true;
    }
}
