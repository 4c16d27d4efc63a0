using System.Globalization;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Pipeline;
using ImageToText.ImageHeaders;

namespace ImageToText.Gateway.Forwarding;

/// <summary>The text fields for a node: all of ours for our own nodes, those of the plain API for any other runner.</summary>
internal static class NodeFields
{
    public static IEnumerable<KeyValuePair<string, string>> Of(CaptionRequest request, string modelId, NodeKind kind)
    {
        yield return new("model_id", modelId);
        if (request.Parameters.Prompt is { } prompt)
        {
            yield return new("prompt", prompt);
        }

        if (kind != NodeKind.Native)
        {
            yield break;
        }

        foreach (var value in request.Parameters.Values)
        {
            yield return value;
        }

        // This size set the price, so a node that decodes another size refuses.
        yield return new("expected_width", request.Picture.Header.Width.ToString(CultureInfo.InvariantCulture));
        yield return new("expected_height", request.Picture.Header.Height.ToString(CultureInfo.InvariantCulture));
        // Always requested: the cache stores them, and the ledger counts tokens.
        yield return new("details", "true");
        if (request.Stream)
        {
            yield return new("stream", "true");
        }
    }

    public static string MediaTypeOf(ImageFormat format) =>
        format switch
        {
            ImageFormat.Jpeg => "image/jpeg",
            ImageFormat.Png => "image/png",
            ImageFormat.Gif => "image/gif",
            ImageFormat.WebP => "image/webp",
            ImageFormat.Bmp => "image/bmp",
            ImageFormat.Tiff => "image/tiff",
            ImageFormat.Avif => "image/avif",
            ImageFormat.Heic => "image/heic",
            ImageFormat.JpegXl => "image/jxl",
            ImageFormat.Jpeg2000 => "image/jp2",
            ImageFormat.Psd => "image/vnd.adobe.photoshop",
            ImageFormat.Ico => "image/vnd.microsoft.icon",
            ImageFormat.Tga => "image/x-tga",
            ImageFormat.Pnm => "image/x-portable-anymap",
            _ => "application/octet-stream",
        };
}
