using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// The first picture of an AVIF sequence, from the tables of its track. Source: ISO/IEC 14496-12, the boxes moov, trak, stbl, stsd, stsz,
/// stco and co64. As in libavif, the sample entry's properties (clap, irot, imir) say how it is shown, and the track's matrix doesn't.
/// </summary>
internal static class AvifSequence
{
    private const int SampleEntryFields = 78;

    /// <summary>Finds it.</summary>
    /// <param name="movie">The content of the moov box.</param>
    /// <param name="start">Where that content begins in the file.</param>
    /// <param name="frame">The picture.</param>
    public static bool TryFirst(ReadOnlySpan<byte> movie, long start, out AvifFrame frame)
    {
        long at = 0;
        for (int step = 0; step < Bytes.MaxSteps; step++)
        {
            if (!TryBox(movie, at, out var type, out long content, out long end) || end <= at || end > movie.Length)
            {
                break;
            }

            // A track of alpha has another handler (auxv).
            var track = movie[(int)content..(int)end];
            if (
                type.SequenceEqual("trak"u8)
                && TryInside(track, out long media, out var box, "mdia"u8)
                && TryInside(box, out _, out var handler, "hdlr"u8)
                && handler.Length >= 12
                && handler[8..12].SequenceEqual("pict"u8)
                && TryInside(box, out long table, out var samples, "minf"u8, "stbl"u8)
                && TryRead(samples, start + content + media + table, out frame)
            )
            {
                return true;
            }

            at = end;
        }

        frame = default;
        return false;
    }

    private static bool TryRead(ReadOnlySpan<byte> table, long start, out AvifFrame frame)
    {
        frame = default;
        if (
            !TryInside(table, out long description, out var entries, "stsd"u8)
            || entries.Length < 8
            || !TryBox(entries, 8, out var codec, out long content, out long end)
            || !codec.SequenceEqual("av01"u8)
            || end > entries.Length
            || end - content < SampleEntryFields
            || !TryLength(table, out long length)
            || !TryOffset(table, out long offset)
            || offset + length > int.MaxValue
        )
        {
            return false;
        }

        var entry = entries[(int)content..(int)end];
        long at = start + description + content;
        if (!TryWhole(entry, at, "av1C"u8, out var configuration))
        {
            return false;
        }

        _ = TryWhole(entry, at, "colr"u8, out var colours);
        _ = TryWhole(entry, at, "clap"u8, out var aperture);
        _ = TryWhole(entry, at, "irot"u8, out var rotation);
        _ = TryWhole(entry, at, "imir"u8, out var mirror);
        frame = new AvifFrame(
            BinaryPrimitives.ReadUInt16BigEndian(entry[24..]),
            BinaryPrimitives.ReadUInt16BigEndian(entry[26..]),
            new Range((int)offset, (int)(offset + length)),
            configuration,
            colours,
            aperture,
            rotation,
            mirror
        );
        return true;
    }

    // The first sample's length, which all have if it stands where it usually is zero.
    private static bool TryLength(ReadOnlySpan<byte> table, out long length)
    {
        length = 0;
        if (!TryInside(table, out _, out var sizes, "stsz"u8))
        {
            return false;
        }

        var bytes = new Bytes(sizes, bigEndian: true);
        if (!bytes.TryUInt32(4, out uint common) || (common == 0 && !bytes.TryUInt32(12, out common)))
        {
            return false;
        }

        length = common;
        return length > 0;
    }

    // The first sample begins the first chunk.
    private static bool TryOffset(ReadOnlySpan<byte> table, out long offset)
    {
        offset = 0;
        if (TryInside(table, out _, out var chunks, "stco"u8) && new Bytes(chunks, bigEndian: true).TryUInt32(8, out uint near))
        {
            offset = near;
        }
        else if (
            TryInside(table, out _, out chunks, "co64"u8)
            && new Bytes(chunks, bigEndian: true).TryUInt64(8, out ulong far)
            && far <= int.MaxValue
        )
        {
            offset = (long)far;
        }

        return offset > 0;
    }

    private static bool TryWhole(ReadOnlySpan<byte> entry, long start, ReadOnlySpan<byte> wanted, out Range place)
    {
        long at = SampleEntryFields;
        while (TryBox(entry, at, out var type, out _, out long end) && end > at && end <= entry.Length)
        {
            if (type.SequenceEqual(wanted))
            {
                place = new Range((int)(start + at), (int)(start + end));
                return true;
            }

            at = end;
        }

        place = default;
        return false;
    }

    private static bool TryInside(
        ReadOnlySpan<byte> outer,
        out long start,
        out ReadOnlySpan<byte> content,
        ReadOnlySpan<byte> first,
        ReadOnlySpan<byte> second
    )
    {
        if (TryInside(outer, out start, out content, first) && TryInside(content, out long inner, out content, second))
        {
            start += inner;
            return true;
        }

        return false;
    }

    private static bool TryInside(ReadOnlySpan<byte> outer, out long start, out ReadOnlySpan<byte> content, ReadOnlySpan<byte> wanted)
    {
        long at = 0;
        while (TryBox(outer, at, out var type, out start, out long end) && end > at && end <= outer.Length)
        {
            if (type.SequenceEqual(wanted))
            {
                content = outer[(int)start..(int)end];
                return true;
            }

            at = end;
        }

        start = 0;
        content = [];
        return false;
    }

    private static bool TryBox(ReadOnlySpan<byte> span, long at, out ReadOnlySpan<byte> type, out long content, out long end)
    {
        var boxes = new IsoBoxes(span, at);
        bool isThere = boxes.MoveNext();
        type = boxes.Type;
        (content, end) = (boxes.ContentStart, boxes.End);
        return isThere;
    }
}
