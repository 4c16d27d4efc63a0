using System.IO.Compression;

namespace ImageToText.Captioning.Tests.Weights;

/// <summary>Zip files with uncompressed entries.</summary>
internal static class StoredZip
{
    public static byte[] Of(params ReadOnlySpan<(string Name, byte[] Content)> entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(content);
            }
        }

        return bytes.ToArray();
    }
}
