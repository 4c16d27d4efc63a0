using System.Globalization;

namespace ImageToText.Captioning;

/// <summary>What is seen where a picture is transparent: a colour, or the colours that the file stores there.</summary>
/// <param name="Red">Its red, from 0 to 255.</param>
/// <param name="Green">Its green.</param>
/// <param name="Blue">Its blue.</param>
public readonly record struct Background(byte Red, byte Green, byte Blue)
{
    private const string DropName = "drop";

    /// <summary>White.</summary>
    public static Background White { get; } = new(255, 255, 255);

    /// <summary>Black.</summary>
    public static Background Black { get; } = new(0, 0, 0);

    /// <summary>None: transparency is dropped, as Pillow's <c>convert("RGB")</c> drops it.</summary>
    public static Background Drop { get; } = new() { IsDropped = true };

    /// <summary>Whether transparency is dropped instead.</summary>
    public bool IsDropped { get; private init; }

    /// <summary>Reads white, black, drop or #rrggbb.</summary>
    /// <param name="text">The text.</param>
    /// <param name="background">What it means.</param>
    public static bool TryParse(string? text, out Background background)
    {
        background = text switch
        {
            "white" => White,
            "black" => Black,
            DropName => Drop,
            _ => default,
        };
        if (text is "white" or "black" or DropName)
        {
            return true;
        }

        if (
            text is not ['#', .. { Length: 6 } digits]
            || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int colour)
        )
        {
            return false;
        }

        background = new Background((byte)(colour >> 16), (byte)(colour >> 8), (byte)colour);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        IsDropped ? DropName
        : this == White ? "white"
        : this == Black ? "black"
        : $"#{Red:x2}{Green:x2}{Blue:x2}";
}
