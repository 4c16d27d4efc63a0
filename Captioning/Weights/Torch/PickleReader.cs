using System.Buffers.Binary;
using System.Text;

namespace ImageToText.Captioning.Weights.Torch;

/// <summary>Reads the numbers and texts of a pickle one after another.</summary>
/// <param name="bytes">The pickle.</param>
/// <param name="file">The file's name for error messages.</param>
internal ref struct PickleReader(ReadOnlySpan<byte> bytes, string file)
{
    private const int MaxTextBytes = 4096;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>How many bytes have been read.</summary>
    public int Position { get; private set; }

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>A number that states its own length, of 8 bytes at most.</summary>
    public long LongNumber()
    {
        byte length = Byte();
        if (length > 8)
        {
            throw Refuse($"it has a number of {length} bytes");
        }

        long number = 0L;
        var bytes = Take(length);
        for (int i = 0; i < length; i++)
        {
            number |= (long)bytes[i] << (8 * i);
        }

        int unused = 64 - (8 * length);
        return length == 0 ? 0 : number << unused >> unused;
    }

    /// <summary>A text of a given length.</summary>
    public string Text(uint length)
    {
        if (length > MaxTextBytes)
        {
            throw Refuse($"it has a name of {length} bytes");
        }

        return Decode(Take((int)length));
    }

    /// <summary>A text that a line break ends.</summary>
    public string Line()
    {
        var rest = _bytes[Position..];
        int length = rest.IndexOf((byte)'\n');
        if (length is < 0 or > MaxTextBytes)
        {
            throw Refuse("it names something without an end");
        }

        Position += length + 1;
        return Decode(rest[..length]);
    }

    /// <summary>The exception that says why the pickle is not read.</summary>
    public readonly ModelFormatException Refuse(string found, Exception? inner = null) =>
        new($"{file} is not read, because of its pickle: {found}.", inner);

    private readonly string Decode(ReadOnlySpan<byte> text)
    {
        try
        {
            return Utf8.GetString(text);
        }
        catch (DecoderFallbackException exception)
        {
            throw Refuse("it has a name that is not UTF-8", exception);
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _bytes.Length - Position)
        {
            throw Refuse("it ends in the middle");
        }

        Position += count;
        return _bytes.Slice(Position - count, count);
    }
}
