using System.Text.Json;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Errors;
using ImageToText.ImageHeaders;

namespace ImageToText.Gateway.Jobs.Quotes;

/// <summary>What decides the price of a line's request.</summary>
/// <param name="Model">The model; null: the default.</param>
/// <param name="Sequences">How many captions are asked for.</param>
/// <param name="Cap">The most to pay, in USD per pixel; null: no limit.</param>
/// <param name="Size">The picture's header; null: it can't be read here.</param>
internal sealed record QuotedLine(string? Model, int Sequences, decimal? Cap, ImageHeader? Size)
{
    // Enough for the header of nearly every picture; if it is not, the whole picture is decoded.
    private const int FirstCharacters = 64 * 1024;

    /// <summary>Reads a request's body.</summary>
    /// <returns>What it asks for; null: it costs nothing, since it has no picture or can't be run.</returns>
    public static QuotedLine? Read(ReadOnlyMemory<byte> body, ChatForm form)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var ask = ChatAsk.Read(json.RootElement, form);
            return ask.Messages.HasPicture
                ? new QuotedLine(ask.Model, ask.Parameters.Sequences, ask.MaxPricePerPixel, SizeOf(ask.Messages.Picture.GetString()!))
                : null;
        }
        catch (Exception fault) when (fault is RefusalException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static ImageHeader? SizeOf(string picture)
    {
        if (
            picture.StartsWith("http:", StringComparison.OrdinalIgnoreCase)
            || picture.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
        )
        {
            return null;
        }

        int comma = picture.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? picture.IndexOf(',', StringComparison.Ordinal) : -1;
        var text = picture.AsSpan(comma + 1);
        return text.Length > FirstCharacters && SizeOf(text[..FirstCharacters], isComplete: false) is { } early
            ? early
            : SizeOf(text, isComplete: true);
    }

    private static ImageHeader? SizeOf(ReadOnlySpan<char> text, bool isComplete)
    {
        byte[] bytes = new byte[(text.Length / 4 * 3) + 3];
        return
            Convert.TryFromBase64Chars(text, bytes, out int length)
            && ImageHeaderReader.Read(bytes.AsSpan(0, length), isComplete) is { Status: ImageHeaderStatus.Found, Header: var header }
            ? header
            : null;
    }
}
