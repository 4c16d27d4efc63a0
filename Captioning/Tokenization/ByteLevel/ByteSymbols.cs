using System.Collections.Frozen;
using System.Text;

namespace ImageToText.Captioning.Tokenization.ByteLevel;

/// <summary>GPT-2's way of writing bytes as visible characters: a printable byte is itself, the others follow from U+0100 on.</summary>
internal static class ByteSymbols
{
    private static readonly char[] Symbols = Build();
    private static readonly FrozenDictionary<char, byte> Bytes = Symbols
        .Index()
        .ToFrozenDictionary(entry => entry.Item, entry => (byte)entry.Index);

    /// <summary>A space, as pieces begin with it ("Ġ").</summary>
    public static string Space { get; } = Symbols[' '].ToString();

    /// <summary>A text's UTF-8 bytes as symbols.</summary>
    public static string Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return string.Create(
            bytes.Length,
            bytes,
            static (symbols, from) =>
            {
                for (int i = 0; i < from.Length; i++)
                {
                    symbols[i] = Symbols[from[i]];
                }
            }
        );
    }

    /// <summary>
    /// The bytes that a piece's symbols stand for. A piece with any other character (an added token) stands for its own UTF-8.
    /// </summary>
    public static byte[] Read(string piece)
    {
        byte[] bytes = new byte[piece.Length];
        for (int i = 0; i < piece.Length; i++)
        {
            if (!Bytes.TryGetValue(piece[i], out bytes[i]))
            {
                return Encoding.UTF8.GetBytes(piece);
            }
        }

        return bytes;
    }

    private static char[] Build()
    {
        char[] symbols = new char[256];
        int next = 256;
        for (int value = 0; value < symbols.Length; value++)
        {
            symbols[value] = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF) ? (char)value : (char)next++;
        }

        return symbols;
    }
}
