using System.Buffers;
using System.Security.Cryptography;

namespace ImageToText.Gateway.Billing.Journal;

/// <summary>
/// One record in a journal file: a line of eight hex digits (the first four bytes of the payload's SHA-256), a space, the
/// payload. The digits reveal a line that was cut off by a crash or changed.
/// </summary>
internal static class JournalFrame
{
    private const int Check = 8;

    /// <summary>Appends the frame of <paramref name="payload"/>, which must not contain a line feed.</summary>
    public static void Write(IBufferWriter<byte> target, ReadOnlySpan<byte> payload)
    {
        var frame = target.GetSpan(Check + 1 + payload.Length + 1);
        WriteCheck(payload, frame);
        frame[Check] = (byte)' ';
        payload.CopyTo(frame[(Check + 1)..]);
        frame[Check + 1 + payload.Length] = (byte)'\n';
        target.Advance(Check + 1 + payload.Length + 1);
    }

    /// <summary>The payload of a line (without its line feed); false: the line is incomplete.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (line.Length <= Check + 1 || line[Check] != (byte)' ')
        {
            return false;
        }

        payload = line[(Check + 1)..];
        Span<byte> expected = stackalloc byte[Check];
        WriteCheck(payload, expected);
        return expected.SequenceEqual(line[..Check]);
    }

    private static void WriteCheck(ReadOnlySpan<byte> payload, Span<byte> target)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(payload, hash);
        Convert.TryToHexStringLower(hash[..4], target[..Check], out _);
    }
}
