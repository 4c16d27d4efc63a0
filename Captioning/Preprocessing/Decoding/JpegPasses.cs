using System.Buffers.Binary;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>
/// How far a JPEG got that refines its picture in passes. Once the last one has begun, every row is there in nearly full detail,
/// wherever the file ends. Source: ITU-T T.81, B.2.3 and G.1.
/// </summary>
internal static class JpegPasses
{
    private const byte ProgressiveFrame = 0xC2;
    private const byte StartOfScan = 0xDA;
    private const int Coefficients = 64;
    private const int MaxComponents = 4;

    /// <summary>Whether the file stores its picture in passes.</summary>
    public static bool HasPasses(ReadOnlySpan<byte> file)
    {
        int at = 2;
        while (TryNext(file, ref at, out byte marker, out _))
        {
            if (marker is StartOfScan or (>= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC)))
            {
                return marker == ProgressiveFrame;
            }
        }

        return false;
    }

    /// <summary>Whether every coefficient's last bit has been begun.</summary>
    public static bool ReachLast(ReadOnlySpan<byte> file)
    {
        Span<byte> ids = stackalloc byte[MaxComponents];
        Span<bool> complete = stackalloc bool[MaxComponents * Coefficients];
        complete.Clear();
        int components = 0;
        int at = 2;
        while (TryNext(file, ref at, out byte marker, out var segment))
        {
            if (marker == ProgressiveFrame && segment.Length >= 6)
            {
                components = Math.Min(segment[5], (byte)MaxComponents);
                for (int i = 0; i < components && 6 + (i * 3) < segment.Length; i++)
                {
                    ids[i] = segment[6 + (i * 3)];
                }
            }
            else if (marker == StartOfScan && segment.Length >= 4 && segment.Length >= 4 + (segment[0] * 2))
            {
                Mark(segment, ids[..components], complete);
            }
        }

        return components > 0 && !complete[..(components * Coefficients)].Contains(false);
    }

    private static void Mark(ReadOnlySpan<byte> scan, ReadOnlySpan<byte> ids, Span<bool> complete)
    {
        int parameters = 1 + (scan[0] * 2);
        // The low half is the last bit that the scan brings.
        if ((scan[parameters + 2] & 0x0F) != 0)
        {
            return;
        }

        int last = Math.Min(scan[parameters + 1], (byte)(Coefficients - 1));
        for (int i = 0; i < scan[0]; i++)
        {
            int component = ids.IndexOf(scan[1 + (i * 2)]);
            for (int coefficient = scan[parameters]; component >= 0 && coefficient <= last; coefficient++)
            {
                complete[(component * Coefficients) + coefficient] = true;
            }
        }
    }

    // The next marker with a segment; what lies between is coded data.
    private static bool TryNext(ReadOnlySpan<byte> file, ref int at, out byte marker, out ReadOnlySpan<byte> segment)
    {
        while (at + 4 <= file.Length)
        {
            int found = file[at..].IndexOf((byte)0xFF);
            if (found < 0 || at + found + 4 > file.Length)
            {
                break;
            }

            at += found + 1;
            marker = file[at];
            if (marker is 0 or 0xFF or 0x01 or (>= 0xD0 and <= 0xD9))
            {
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 1)..]);
            if (length < 2 || at + 1 + length > file.Length)
            {
                break;
            }

            segment = file.Slice(at + 3, length - 2);
            at += 1 + length;
            return true;
        }

        marker = 0;
        segment = [];
        return false;
    }
}
