using System.Globalization;
using System.Net.Http.Headers;
using ImageToText.Contracts;

namespace ImageToText.Client.Requests;

/// <summary>The form of a caption request.</summary>
internal static class CaptionRequestForm
{
    /// <summary>Builds the form for one picture or a batch.</summary>
    public static MultipartFormDataContent Of(IReadOnlyList<Picture> pictures, string pictureField, CaptionOptions options, bool stream)
    {
        var form = new MultipartFormDataContent();
        // The options come before the pictures, so the reader knows them before it has the whole form.
        foreach (var (name, value) in Fields(options, stream))
        {
            form.Add(new StringContent(value), name);
        }

        foreach (var picture in pictures)
        {
            var file = new ReadOnlyMemoryContent(picture.Bytes);
            // The service detects the actual type from the bytes.
            file.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
            form.Add(file, pictureField, FileName(picture));
        }

        return form;
    }

    private static IEnumerable<(string Name, string Value)> Fields(CaptionOptions options, bool stream)
    {
        var values = CaptionOptionsJson.ValuesOf(options);
        IEnumerable<(string Name, string? Value)> fields =
        [
            ("model_id", options.ModelId),
            .. CaptionOptionTable.All.Select(option => (option.Name, values[option.Name]?.ToString())),
            ("max_price_per_pixel", options.MaxPricePerPixel?.ToString(CultureInfo.InvariantCulture)),
            ("details", options.Details ? "true" : null),
            ("stream", stream ? "true" : null),
        ];
        return fields.Where(static field => field.Value is not null).Select(static field => (field.Name, field.Value!));
    }

    // A name with quotes or control characters would end its header early.
    private static string FileName(Picture picture) =>
        picture.Name is { Length: > 0 } name
            ? string.Concat(name.Select(static letter => letter is '"' or '\\' || char.IsControl(letter) ? '_' : letter))
            : "picture";
}
