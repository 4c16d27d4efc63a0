using System.Buffers.Binary;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>
/// Writes the first picture of an AVIF sequence as a file of its own, because decoders show only pictures that stand by themselves.
/// Source: ISO/IEC 23008-12, the boxes of an item.
/// </summary>
internal static class AvifStill
{
    private const byte Essential = 0x80;
    private static readonly byte[] Brands = [.. "avif"u8, 0, 0, 0, 0, .. "avifmif1miaf"u8];
    private static readonly byte[] Handler = [.. new byte[8], .. "pict"u8, .. new byte[13]];
    private static readonly byte[] Primary = [0, 0, 0, 0, 0, 1];
    private static readonly byte[] Item = [2, 0, 0, 0, 0, 1, 0, 0, .. "av01"u8, 0];

    /// <summary>The file.</summary>
    /// <param name="file">The sequence.</param>
    /// <param name="frame">Where its first picture lies.</param>
    /// <exception cref="ImageException">The picture lies beyond the file's end.</exception>
    public static byte[] Of(ReadOnlySpan<byte> file, AvifFrame frame)
    {
        if (frame.Sample.End.Value > file.Length)
        {
            throw new ImageException(ImageFault.Corrupt, "The AVIF picture is damaged: its first picture lies beyond the file's end.");
        }

        byte[] size = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(size.AsSpan(4), frame.Width);
        BinaryPrimitives.WriteInt32BigEndian(size.AsSpan(8), frame.Height);
        var (boxes, associations) = Properties(file, frame, size);
        byte[] properties = Box(
            "iprp"u8,
            [.. Box("ipco"u8, boxes), .. Box("ipma"u8, [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, (byte)associations.Length, .. associations])]
        );
        byte[] start = Box("ftyp"u8, Brands);
        // The location is of the same length whatever it says, so it is written twice.
        int sample = start.Length + Meta(0).Length + 8;
        return [.. start, .. Meta(sample), .. Box("mdat"u8, file[frame.Sample])];

        byte[] Meta(int offset)
        {
            byte[] location = [0, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 0, 0, 1, .. new byte[8]];
            BinaryPrimitives.WriteInt32BigEndian(location.AsSpan(14), offset);
            BinaryPrimitives.WriteInt32BigEndian(location.AsSpan(18), frame.Sample.End.Value - frame.Sample.Start.Value);
            return Box(
                "meta"u8,
                [
                    .. new byte[4],
                    .. Box("hdlr"u8, Handler),
                    .. Box("pitm"u8, Primary),
                    .. Box("iloc"u8, location),
                    .. Box("iinf"u8, [0, 0, 0, 0, 0, 1, .. Box("infe"u8, Item)]),
                    .. properties,
                ]
            );
        }
    }

    // Decoding it rightly takes all of them but its size and colours: they are essential.
    private static (byte[] Boxes, byte[] Associations) Properties(ReadOnlySpan<byte> file, AvifFrame frame, ReadOnlySpan<byte> size)
    {
        List<byte> boxes = [.. Box("ispe"u8, size)];
        List<byte> associations = [1];
        foreach (
            var (place, mark) in ((Range, byte)[])
                [
                    (frame.Configuration, Essential),
                    (frame.Colours, 0),
                    (frame.Aperture, Essential),
                    (frame.Rotation, Essential),
                    (frame.Mirror, Essential),
                ]
        )
        {
            if (place.End.Value > 0)
            {
                boxes.AddRange(file[place]);
                associations.Add((byte)(mark | (associations.Count + 1)));
            }
        }

        return ([.. boxes], [.. associations]);
    }

    private static byte[] Box(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        byte[] box = new byte[8 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        type.CopyTo(box.AsSpan(4));
        content.CopyTo(box.AsSpan(8));
        return box;
    }
}
