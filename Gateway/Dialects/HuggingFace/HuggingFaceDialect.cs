using System.Text.Json;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.HuggingFace;

/// <summary>
/// POST /models/{id} as Hugging Face's inference API takes it: a picture's bytes as they are, or JSON with the picture in base64 and
/// parameters. A model that is not loaded is always waited for, as with X-Wait-For-Model; being busy is a 429 that names its
/// estimated_time, because the JavaScript client would repeat a 503 at once and without end.
/// </summary>
internal sealed class HuggingFaceDialect(PictureIntake intake) : IDialect
{
    // Names under which clients nest the options of generation.
    private static readonly string[] Nested = ["generate_kwargs", "generation_parameters"];

    // Options of transformers that change nothing about a caption here.
    private static readonly string[] WithoutEffect = ["use_cache", "early_stopping", "return_full_text", "details"];

    /// <inheritdoc/>
    public async Task<CaptionRequest> ReadAsync(HttpContext http, Admitted admitted)
    {
        AnswerShape.IsObject(http.Request); // A shape that does not exist is refused before the work, not after.
        var modelId = (string)http.GetRouteValue("id")!;
        var type = http.Request.ContentType;
        if (type?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw Refusals.UnsupportedContentType(type, "the picture's bytes as they are, or application/json with 'inputs' in base64");
        }

        if (http.Request.HasJsonContentType())
        {
            using var json = await intake.ReadJsonAsync(http.Request);
            return ReadJson(http, admitted, modelId, json);
        }

        var picture = await intake.ReadPictureAsync(http.Request);
        return Compose(http, admitted, modelId, picture, CaptionParameters.Read(null, static _ => null), UsesCache(http, default));
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer)
    {
        var caption = new CaptionText(answer.Whole!.Text);
        return AnswerShape.IsObject(http.Request)
            ? http.Response.WriteAsJsonAsync(caption, HuggingFaceJson.Default.CaptionText, cancellationToken: http.RequestAborted)
            : http.Response.WriteAsJsonAsync([caption], HuggingFaceJson.Default.IReadOnlyListCaptionText, cancellationToken: http.RequestAborted);
    }

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(
            new HuggingFaceError(refusal.Message, refusal.Code, refusal.EstimatedSeconds ?? refusal.RetryAfter?.TotalSeconds),
            HuggingFaceJson.Default.HuggingFaceError,
            cancellationToken: http.RequestAborted);

    private static CaptionRequest ReadJson(HttpContext http, Admitted admitted, string modelId, JsonUpload json)
    {
        var root = json.Root.ValueKind == JsonValueKind.Object ? json.Root : throw Refusals.BadRequest("The body must be a JSON object.");
        var given = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (Member(root, "parameters") is { } parameters)
        {
            Read(parameters, "parameters", given);
        }

        var caption = CaptionParameters.Read(given.GetValueOrDefault("prompt"), given.GetValueOrDefault);
        var usesCache = UsesCache(http, Member(root, "options") ?? default);
        var picture = Member(root, "inputs") is { } inputs ? json.TakePicture(inputs, "inputs") : throw Refusals.MissingPicture("inputs");
        return Compose(http, admitted, modelId, picture, caption, usesCache);
    }

    private static CaptionRequest Compose(
        HttpContext http, Admitted admitted, string modelId, Picture picture, CaptionParameters parameters, bool usesCache)
    {
        var cache = http.Request.GetTypedHeaders().CacheControl;
        return new CaptionRequest
        {
            RequestId = admitted.RequestId,
            Caller = admitted.Caller,
            AdmittedAt = admitted.At,
            Picture = picture,
            ModelId = modelId,
            Parameters = parameters,
            ReadsCache = usesCache && cache is not ({ NoCache: true } or { NoStore: true }),
            WritesCache = cache is not { NoStore: true },
        };
    }

    private static void Read(JsonElement parameters, string name, Dictionary<string, string?> given)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            throw Refusals.InvalidOption(name, $"'{name}' must be an object.");
        }

        foreach (var parameter in parameters.EnumerateObject())
        {
            if (parameter.Value.ValueKind == JsonValueKind.Null || WithoutEffect.Contains(parameter.Name))
            {
                continue;
            }

            if (name == "parameters" && Nested.Contains(parameter.Name))
            {
                Read(parameter.Value, parameter.Name, given);
            }
            else if (parameter.Name == "prompt" || CaptionParameters.Known.Any(known => known.Name == parameter.Name))
            {
                given[parameter.Name] = JsonUpload.Scalar(parameter.Value, parameter.Name);
            }
            else
            {
                var shown = parameter.Name.Length > 64 ? parameter.Name[..64] : parameter.Name;
                throw Refusals.InvalidOption(
                    shown, $"'{shown}' is not known here: {string.Join(", ", CaptionParameters.Known.Select(static known => known.Name))} and prompt are.");
            }
        }
    }

    // As a header, and as older clients send it, among the body's options.
    private static bool UsesCache(HttpContext http, JsonElement options)
    {
        var header = http.Request.Headers["x-use-cache"].ToString();
        var word = header.Length > 0 ? header
            : options.ValueKind == JsonValueKind.Object && Member(options, "use_cache") is { } value ? JsonUpload.Scalar(value, "use_cache")
            : null;
        return string.IsNullOrWhiteSpace(word) || CaptionParameters.ReadBoolean("use_cache", word);
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
