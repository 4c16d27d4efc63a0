using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ImageToText.Captioning.Tokenization.Unigram;

/// <summary>
/// SentencePiece's normalization: a table from character sequences to their replacements (NFKC and the like), as a
/// double-array trie over UTF-8 bytes.
/// </summary>
internal sealed class PrecompiledCharacterMap
{
    /// <summary>A grapheme with more bytes is looked up character by character, as in the reference.</summary>
    private const int MostGraphemeBytes = 5;

    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private PrecompiledCharacterMap(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    /// <summary>Reads a table.</summary>
    /// <param name="data">Bytes of the trie (32 bits, little-endian), the trie, and the replacements, each ended by a NUL.</param>
    /// <returns>Null if the bytes are not such a table.</returns>
    public static PrecompiledCharacterMap? Read(ReadOnlySpan<byte> data)
    {
        if (data.Length < 4)
        {
            return null;
        }

        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(data);
        if (bytes % 4 != 0 || bytes == 0 || bytes > data.Length - 4)
        {
            return null;
        }

        uint[] units = new uint[bytes / 4];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 + (i * 4))..]);
        }

        return new PrecompiledCharacterMap(units, data[(4 + (int)bytes)..].ToArray());
    }

    /// <summary>Replaces whatever the table has.</summary>
    public string Normalize(string text)
    {
        var normalized = new StringBuilder(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        for (int at = 0; at < text.Length; )
        {
            var grapheme = text.AsSpan(at, StringInfo.GetNextTextElementLength(text.AsSpan(at)));
            at += grapheme.Length;
            if (Encoding.UTF8.GetByteCount(grapheme) <= MostGraphemeBytes && Find(Encoding.UTF8.GetBytes(grapheme.ToString())) is { } whole)
            {
                normalized.Append(whole);
                continue;
            }

            foreach (var rune in grapheme.EnumerateRunes())
            {
                int length = rune.EncodeToUtf8(bytes);
                normalized.Append(Find(bytes[..length]) ?? rune.ToString());
            }
        }

        return normalized.ToString();
    }

    /// <summary>The replacement for the shortest sequence at the start of the bytes; null if the table has none.</summary>
    private string? Find(ReadOnlySpan<byte> bytes)
    {
        uint at = Offset(_units[0]);
        foreach (byte value in bytes)
        {
            at ^= value;
            if (value == 0 || at >= _units.Length || (_units[at] & 0x8000_00FF) != value)
            {
                return null;
            }

            uint unit = _units[at];
            at ^= Offset(unit);
            if ((unit & 0x100) != 0)
            {
                return at < _units.Length ? Replacement(_units[at] & 0x7FFF_FFFF) : null;
            }
        }

        return null;
    }

    private string? Replacement(uint from)
    {
        if (from >= _replacements.Length)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = _replacements.AsSpan((int)from);
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
