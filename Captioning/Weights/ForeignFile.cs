namespace ImageToText.Captioning.Weights;

/// <summary>Describes what was found in place of weights.</summary>
internal static class ForeignFile
{
    /// <summary>How many bytes of the beginning <see cref="Describe"/> needs.</summary>
    public const int HeadBytes = 512;

    // Before torch 1.6, a file began with this number, pickled.
    private static ReadOnlySpan<byte> LegacyTorch => [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    /// <summary>Whether a file is a single pickle without an archive, rather than the old format, which is several.</summary>
    public static bool IsBarePickle(ReadOnlySpan<byte> head) =>
        head.Length > 1 && head[0] == 0x80 && head[1] is >= 2 and <= 5 && !head.StartsWith(LegacyTorch);

    /// <summary>What the beginning of a file shows, as the end of a sentence: "it is …".</summary>
    public static string Describe(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty)
        {
            return "it is empty. Download it again";
        }

        if (head.StartsWith("version https://git-lfs"u8))
        {
            return "it is a Git LFS pointer, the text that stands in for a large file. Fetch the file itself (git lfs pull)";
        }

        if (head.StartsWith(LegacyTorch))
        {
            return "it is in the format used before PyTorch 1.6. If you trust it, load it with PyTorch and save it again";
        }

        if (head.Length > 262 && head.Slice(257, 5).SequenceEqual("ustar"u8))
        {
            return "it is a tar archive, PyTorch's first format. If you trust it, load it with PyTorch and save it again";
        }

        return IsBarePickle(head) ? "it is a bare pickle"
            : head.StartsWith("PK\x03\x04"u8) ? "it is a zip file, like PyTorch's"
            : head.StartsWith("\x89HDF"u8) ? "it is an HDF5 file, like TensorFlow's"
            : head.TrimStart(" \t\r\n"u8).StartsWith("<"u8) ? "it is a web page. Download the file itself"
            : $"it begins with the bytes {Convert.ToHexStringLower(head[..Math.Min(8, head.Length)])}";
    }
}
