using System.Globalization;
using System.Net.Http.Headers;

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
        (string Name, string? Value)[] fields =
        [
            ("model_id", options.ModelId),
            ("prompt", options.Prompt),
            ("num_beams", Text(options.NumBeams)),
            ("max_new_tokens", Text(options.MaxNewTokens)),
            ("min_new_tokens", Text(options.MinNewTokens)),
            ("length_penalty", Text(options.LengthPenalty)),
            ("early_stopping", Text(options.EarlyStopping)),
            ("repetition_penalty", Text(options.RepetitionPenalty)),
            ("no_repeat_ngram_size", Text(options.NoRepeatNgramSize)),
            ("do_sample", Text(options.DoSample)),
            ("temperature", Text(options.Temperature)),
            ("top_p", Text(options.TopP)),
            ("top_k", Text(options.TopK)),
            ("seed", Text(options.Seed)),
            ("num_return_sequences", Text(options.NumReturnSequences)),
            ("suppress_defect_words", Text(options.SuppressDefectWords)),
            ("max_price_per_pixel", Text(options.MaxPricePerPixel)),
            ("details", options.Details ? "true" : null),
            ("stream", stream ? "true" : null),
        ];
        return fields.Where(static field => field.Value is not null).Select(static field => (field.Name, field.Value!));
    }

    private static string? Text(bool? value) => value is { } given ? (given ? "true" : "false") : null;

    private static string? Text(EarlyStopping? value) =>
        value switch
        {
            null => null,
            EarlyStopping.WhenFull => "true",
            EarlyStopping.Never => "never",
            _ => "false",
        };

    private static string? Text<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, CultureInfo.InvariantCulture);

    // A name with quotes or control characters would end its header early.
    private static string FileName(Picture picture) =>
        picture.Name is { Length: > 0 } name
            ? string.Concat(name.Select(static letter => letter is '"' or '\\' || char.IsControl(letter) ? '_' : letter))
            : "picture";
}
