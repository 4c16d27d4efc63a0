namespace ImageToText.ImageHeaders.Formats;

/// <summary>Magic numbers of supported formats, and of what people send instead.</summary>
internal static class Signatures
{
    public static ImageFormat? FormatOf(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]))
        {
            return ImageFormat.Jpeg;
        }

        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]))
        {
            return ImageFormat.Png;
        }

        if (start.StartsWith("GIF87a"u8) || start.StartsWith("GIF89a"u8))
        {
            return ImageFormat.Gif;
        }

        if (start.Length >= 12 && start.StartsWith("RIFF"u8) && start[8..12].SequenceEqual("WEBP"u8))
        {
            return ImageFormat.WebP;
        }

        if (start.StartsWith("BM"u8))
        {
            return ImageFormat.Bmp;
        }

        if (start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8) || start.StartsWith("II+\0"u8) || start.StartsWith("MM\0+"u8))
        {
            return ImageFormat.Tiff;
        }

        return HeifHeader.FormatOf(start) ?? OtherFormats.Of(start);
    }

    public static string LooksLike(ReadOnlySpan<byte> start)
    {
        if (start.Length >= 12 && start[4..8].SequenceEqual("ftyp"u8))
        {
            var brand = start[8..12];
            return brand.SequenceEqual("jxl "u8) ? "a JPEG XL picture"
                : brand.SequenceEqual("crx "u8) ? "a camera's raw picture"
                : "an MP4 or QuickTime video";
        }

        if (start.StartsWith("RIFF"u8))
        {
            return "a RIFF file that is not WebP (AVI or WAV)";
        }

        foreach (var (magic, name) in Known)
        {
            if (start.StartsWith(magic))
            {
                return name;
            }
        }

        return LooksLikeText(start);
    }

    private static readonly (byte[] Magic, string Name)[] Known =
    [
        ([0xFF, 0xD8], "a JPEG picture whose first marker is damaged"),
        ("%PDF-"u8.ToArray(), "a PDF document"),
        ("%!PS"u8.ToArray(), "a PostScript document"),
        ("qoif"u8.ToArray(), "a QOI picture"),
        ("DDS "u8.ToArray(), "a DDS texture"),
        ("IIRO"u8.ToArray(), "a camera's raw picture"),
        ("IIU\0"u8.ToArray(), "a camera's raw picture"),
        ([0x49, 0x49, 0xBC], "a JPEG XR picture"),
        ([0x76, 0x2F, 0x31, 0x01], "an OpenEXR picture"),
        ("#?RADIANCE"u8.ToArray(), "a Radiance picture"),
        ([0, 0, 2, 0], "a cursor (CUR)"),
        ([0xD7, 0xCD, 0xC6, 0x9A], "a WMF drawing"),
        ([1, 0, 0, 0], "an EMF drawing"),
        ([0x1A, 0x45, 0xDF, 0xA3], "a Matroska or WebM video"),
        ("OggS"u8.ToArray(), "an Ogg file"),
        ("ID3"u8.ToArray(), "an MP3 file"),
        ("PK\x03\x04"u8.ToArray(), "a ZIP archive or an office document"),
        ([0x1F, 0x8B], "a gzip archive"),
        ("P1"u8.ToArray(), "a PBM picture"),
        ("P2"u8.ToArray(), "a PGM picture"),
        ("P3"u8.ToArray(), "a PPM picture"),
        ("P4"u8.ToArray(), "a PBM picture"),
        ("P5"u8.ToArray(), "a PGM picture"),
        ("P6"u8.ToArray(), "a PPM picture"),
        ("P7"u8.ToArray(), "a PAM picture"),
    ];

    private static string LooksLikeText(ReadOnlySpan<byte> start)
    {
        var text = start[..Math.Min(start.Length, 1024)];
        if (text.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            text = text[3..];
        }

        if (text.ContainsAnyInRange((byte)0, (byte)8) || text.ContainsAnyInRange((byte)14, (byte)26) || !IsMostlyAscii(text))
        {
            return "bytes of no known picture format";
        }

        text = text.TrimStart(" \t\r\n"u8);
        return text.IndexOf("<svg"u8) >= 0 || StartsWithIgnoringCase(text, "<!doctype svg"u8) ? "an SVG drawing"
            : StartsWithIgnoringCase(text, "<!doctype html"u8)
            || StartsWithIgnoringCase(text, "<html"u8)
            || StartsWithIgnoringCase(text, "<head"u8)
            || StartsWithIgnoringCase(text, "<body"u8)
                ? "an HTML page"
            : text.StartsWith("<"u8) ? "an XML or HTML document"
            : StartsWithIgnoringCase(text, "data:"u8) ? "a data URL as text, not its decoded bytes"
            : text.StartsWith("{"u8) || text.StartsWith("["u8) ? "a JSON document"
            : text.StartsWith("/9j/"u8) || text.StartsWith("iVBORw0KGgo"u8) ? "a picture in base64, not its decoded bytes"
            : "plain text";
    }

    private static bool IsMostlyAscii(ReadOnlySpan<byte> text)
    {
        int others = 0;
        foreach (byte value in text)
        {
            others += value >> 7;
        }

        return others * 4 <= text.Length;
    }

    private static bool StartsWithIgnoringCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> lowerCase) =>
        text.Length >= lowerCase.Length && System.Text.Ascii.EqualsIgnoreCase(text[..lowerCase.Length], lowerCase);
}
