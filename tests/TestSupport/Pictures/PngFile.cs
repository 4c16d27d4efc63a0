using System.Buffers.Binary;
using System.IO.Compression;

namespace ImageToText.TestSupport;

/// <summary>Builds a PNG file chunk by chunk (W3C, Portable Network Graphics).</summary>
public sealed class PngFile : IDisposable
{
    private readonly MemoryStream _file = new();

    /// <summary>Starts the file with the kind of its pixels.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="depth">Bits per sample.</param>
    /// <param name="colour">The colour type. 0 is gray.</param>
    public PngFile(int width, int height, byte depth, byte colour = 0)
    {
        _file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (depth, colour);
        Add("IHDR"u8, header);
    }

    /// <summary>Adds a chunk.</summary>
    public void Add(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        _file.Write(number);
        _file.Write(type);
        _file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, ~Crc(Crc(uint.MaxValue, type), data));
        _file.Write(number);
    }

    /// <summary>Adds the pixels and finishes the file.</summary>
    /// <param name="rows">The rows: each has a filter byte and then its samples.</param>
    public byte[] End(ReadOnlySpan<byte> rows)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(rows);
        }

        Add("IDAT"u8, packed.ToArray());
        Add("IEND"u8, []);
        return _file.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1)));
            }
        }

        return crc;
    }
}
