using System.Text;
using System.Text.RegularExpressions;

namespace ImageToText.Gateway.Intake;

/// <summary>Tells callers what they sent in a picture's place, if it is one of the texts that people send by mistake.</summary>
internal static partial class PictureText
{
    /// <summary>A picture as a list of numbers, or as a buffer that was serialized.</summary>
    public const string Numbers =
        "The picture came as a list of numbers: send the bytes themselves, or in JSON one string with them in base64.";

    /// <summary>How many bytes it looks at.</summary>
    public const int Longest = 2048;

    /// <summary>What to do about <paramref name="text"/>; null: it is nothing known.</summary>
    public static string? Explain(ReadOnlySpan<byte> text) =>
        text.Length is > 0 and <= Longest ? Explain(Encoding.UTF8.GetString(text)) : Beginning(text);

    /// <summary>What to do about <paramref name="text"/>; null: it is nothing known.</summary>
    public static string? Explain(string text)
    {
        text = text.Trim();
        return text.Length > Longest || text.Any(char.IsControl) ? Beginning(Encoding.UTF8.GetBytes(text))
            : Path().IsMatch(text)
                ? "The picture came as a path on your machine, where this service can't read it: send the file's bytes "
                    + "(with curl: -F image=@cat.png), or in JSON the bytes in base64."
            : Web().IsMatch(text)
                ? "The picture came as a web address where its bytes are read: send the bytes, or send the address as text: in the "
                    + "field 'image' without a file name, or in JSON."
            : Scheme().IsMatch(text) ? "The picture came as an address that can't be fetched: it must begin with https:// or http://."
            : Beginning(Encoding.UTF8.GetBytes(text));
    }

    private static string? Beginning(ReadOnlySpan<byte> text) =>
        text.StartsWith("data:image/"u8) ? "The picture came as a data URL where its bytes are read: send the bytes, or send it as JSON."
        : ListOfNumbers().IsMatch(Encoding.UTF8.GetString(text[..Math.Min(text.Length, 64)])) ? Numbers
        : null;

    [GeneratedRegex(
        @"^(file:|~?/[^/\s]|\.{1,2}[/\\]|[A-Za-z]:[\\/]|\\\\)|^[^:?<>{}]+\.(jpe?g|jfif|png|gif|webp|bmp|tiff?|avif|hei[cf])$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Path();

    [GeneratedRegex(@"^https?://\S+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Web();

    [GeneratedRegex(@"^[a-z][a-z0-9+.-]*:(//)?\S+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^\s*(\[\s*\d{1,3}\s*[,\]]|\d{1,3}\s*,\s*\d{1,3}\s*,)", RegexOptions.CultureInvariant)]
    private static partial Regex ListOfNumbers();
}
