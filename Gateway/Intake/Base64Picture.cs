using System.Buffers;
using System.Buffers.Text;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// Decodes base64 into a picture piece by piece, so that the text is not copied. It accepts both alphabets and missing padding,
/// because clients differ.
/// </summary>
internal static class Base64Picture
{
    private const int Staged = 32 * 1024;

    // Room for the last four letters and the line breaks around them.
    private const int Tail = 64;

    /// <summary>The part of <paramref name="text"/> after "data:…;base64,", or all of it if it is not a data URL.</summary>
    /// <exception cref="RefusalException">400: the data URL is not in base64.</exception>
    public static ReadOnlySequence<byte> WithoutDataUrl(ReadOnlySequence<byte> text)
    {
        Span<byte> start = stackalloc byte[256];
        var looked = text.Slice(0, Math.Min(text.Length, start.Length));
        looked.CopyTo(start);
        var head = start[..(int)looked.Length];
        if (!head.StartsWith("data:"u8))
        {
            return text;
        }

        int comma = head.IndexOf((byte)',');
        return comma > 0 && head[..comma].EndsWith(";base64"u8)
            ? text.Slice(comma + 1)
            : throw Refusals.BadRequest("The data URL can't be read: it must begin 'data:image/…;base64,'.", "image");
    }

    /// <summary>Appends the decoded <paramref name="text"/> to <paramref name="target"/>.</summary>
    /// <exception cref="RefusalException">400: it is not base64.</exception>
    public static void Decode(ReadOnlySequence<byte> text, PictureBuilder target)
    {
        byte[] staged = ArrayPool<byte>.Shared.Rent(Staged);
        byte[] decoded = ArrayPool<byte>.Shared.Rent(Staged);
        try
        {
            int held = 0;
            foreach (var segment in text)
            {
                var rest = segment.Span;
                while (rest.Length > 0)
                {
                    int taken = Math.Min(Staged - held, rest.Length);
                    rest[..taken].CopyTo(staged.AsSpan(held));
                    rest = rest[taken..];
                    held += taken;
                    // Only the last piece may end with padding, and no piece is known to be the last until all have arrived.
                    int whole = Math.Max(0, held - Tail);
                    int consumed = Decode(staged.AsSpan(0, whole), decoded, target, isFinal: false);
                    staged.AsSpan(consumed, held - consumed).CopyTo(staged);
                    held -= consumed;
                }
            }

            held = WithPadding(staged, held);
            if (Decode(staged.AsSpan(0, held), decoded, target, isFinal: true) != held)
            {
                throw NotBase64();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(staged);
            ArrayPool<byte>.Shared.Return(decoded);
        }
    }

    // The end of a text without the line breaks that some encoders add, and with the padding that some omit.
    private static int WithPadding(byte[] staged, int held)
    {
        int kept = 0;
        foreach (byte letter in staged.AsSpan(0, held))
        {
            if (letter is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                staged[kept++] = letter;
            }
        }

        while (kept % 4 is 2 or 3)
        {
            staged[kept++] = (byte)'=';
        }

        return kept;
    }

    private static int Decode(Span<byte> text, byte[] decoded, PictureBuilder target, bool isFinal)
    {
        text.Replace((byte)'-', (byte)'+');
        text.Replace((byte)'_', (byte)'/');
        var status = Base64.DecodeFromUtf8(text, decoded, out int consumed, out int written, isFinal);
        if (status is not (OperationStatus.Done or OperationStatus.NeedMoreData))
        {
            throw NotBase64();
        }

        target.Write(decoded.AsSpan(0, written));
        return consumed;
    }

    private static RefusalException NotBase64() =>
        Refusals.BadRequest("The picture is not base64: send its bytes in base64, or as a data URL 'data:image/…;base64,…'.", "image");
}
