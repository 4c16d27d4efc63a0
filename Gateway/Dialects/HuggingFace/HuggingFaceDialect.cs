using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.HuggingFace;

/// <summary>
/// POST /models/{id}, as in Hugging Face's inference API: a picture's bytes, or JSON with the picture in base64 and parameters.
/// With X-Wait-For-Model the request waits for a model that is not loaded. Without it the answer is a 429 with estimated_time, as
/// it is if nodes are busy, because the JavaScript client would repeat a 503 at once and without end.
/// </summary>
internal sealed class HuggingFaceDialect(PictureIntake intake, RemotePictureReader remote) : IDialect
{
    // The names under which clients nest generation options.
    private static readonly string[] Nested = ["generate_kwargs", "generation_parameters"];

    // transformers' options that change nothing about a caption here.
    private static readonly string[] WithoutEffect =
    [
        "use_cache",
        "return_full_text",
        "details",
        "timeout",
        "batch_size",
        "num_workers",
        "pad_token_id",
    ];

    // Options of ways to search that don't exist here, with the value that leaves them off.
    private static readonly Dictionary<string, double> Off = new(StringComparer.Ordinal)
    {
        ["typical_p"] = 1,
        ["epsilon_cutoff"] = 0,
        ["eta_cutoff"] = 0,
        ["penalty_alpha"] = 0,
        ["diversity_penalty"] = 0,
        ["num_beam_groups"] = 1,
    };

    // Counted with the prompt, which only a node can do.
    private static readonly (string Name, CaptionOption Like)[] Lengths =
    [
        (CaptionFields.MaxLength, CaptionOptionTable.MaxNewTokens),
        (CaptionFields.MinLength, CaptionOptionTable.MinNewTokens),
    ];

    /// <inheritdoc/>
    public async Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted)
    {
        AnswerShape.IsObject(http.Request); // A shape that does not exist is refused before the work, not after.
        string modelId = ModelIdInPath.Of(http);
        string? type = http.Request.ContentType;
        if (type?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
        {
            throw Refusals.UnsupportedContentType(type, "the picture's bytes as they are, or application/json with 'inputs' in base64");
        }

        if (http.Request.HasJsonContentType())
        {
            using var json = await intake.ReadJsonAsync(http.Request);
            return await ReadJsonAsync(http, admitted, modelId, json);
        }

        var picture = await intake.ReadPictureAsync(http.Request);
        return Compose(http, admitted, modelId, picture, CaptionParameters.Read(static _ => null), new Wishes(http, default));
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer)
    {
        // A runner without details gives one caption. An object has room for the best.
        CaptionText[] captions = answer.Whole!.Details is { Sequences: { Count: > 1 } sequences }
            ? [.. sequences.Take(request.Parameters.Sequences).Select(static sequence => new CaptionText(sequence.Text))]
            : [new CaptionText(answer.Whole.Text)];
        return AnswerShape.IsObject(http.Request)
            ? http.Response.WriteAsJsonAsync(captions[0], PlainJson.HuggingFace.CaptionText, cancellationToken: http.RequestAborted)
            : http.Response.WriteAsJsonAsync(
                captions,
                PlainJson.HuggingFace.IReadOnlyListCaptionText,
                cancellationToken: http.RequestAborted
            );
    }

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(
            new HuggingFaceError(
                refusal.Message,
                refusal.Code,
                refusal.Parameter == Refusals.PictureParameter ? "inputs" : refusal.Parameter,
                refusal.EstimatedSeconds ?? refusal.RetryAfter?.TotalSeconds
            ),
            PlainJson.HuggingFace.HuggingFaceError,
            cancellationToken: http.RequestAborted
        );

    private async Task<CaptionRequest> ReadJsonAsync(HttpContext http, Admitted admitted, string modelId, JsonUpload json)
    {
        var root = json.Object;
        var given = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (Member(root, "parameters") is { } parameters)
        {
            Read(parameters, "parameters", given);
        }

        var caption = CaptionParameters.Read(option => given.GetValueOrDefault(option.Name));
        foreach (var (name, like) in Lengths)
        {
            if (given.GetValueOrDefault(name) is { } length && CaptionParameters.Read(like, name, length) is not "0" and var checkedLength)
            {
                caption = caption.With(name, checkedLength);
            }
        }

        var wishes = new Wishes(http, Member(root, "options") ?? default);
        var picture =
            Member(root, "inputs") is { } inputs ? await remote.TakeAsync(json, inputs, "inputs", http.RequestAborted)
            : json.FindPicture() is { } misnamed ? throw Refusals.MisplacedPicture(misnamed, "inputs")
            : throw Refusals.MissingPicture("inputs");
        var request = Compose(http, admitted, modelId, picture, caption, wishes);
        // Visual question answering sends its question beside the picture.
        return JsonUpload.Text(Member(root, "question") ?? default, "question") is { } question
            ? request with
            {
                ChatText = question.Trim(),
            }
            : request;
    }

    private static CaptionRequest Compose(
        HttpContext http,
        Admitted admitted,
        string modelId,
        Picture picture,
        CaptionParameters parameters,
        Wishes wishes
    )
    {
        var request = admitted.Caption(http, picture, parameters);
        return request with { ModelId = modelId, ReadsCache = wishes.UseCache && request.ReadsCache, WaitsForModel = wishes.WaitForModel };
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
            else if (Off.TryGetValue(parameter.Name, out double off))
            {
                if (!(parameter.Value.ValueKind == JsonValueKind.Number && parameter.Value.TryGetDouble(out double value) && value == off))
                {
                    throw Refusals.InvalidOption(
                        parameter.Name,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"'{parameter.Name}' can only be {off} here, which leaves it off: captions come from beams or plain sampling."
                        )
                    );
                }
            }
            else if (
                CaptionOptionTable.All.Any(option => option.Name == parameter.Name) || Lengths.Any(length => length.Name == parameter.Name)
            )
            {
                given[parameter.Name] = JsonUpload.Scalar(parameter.Value, parameter.Name);
            }
            else
            {
                string shown = parameter.Name.Length > 64 ? parameter.Name[..64] : parameter.Name;
                throw Refusals.InvalidOption(
                    shown,
                    $"'{shown}' is not known here: {string.Join(", ", CaptionOptionTable.All.Select(static option => option.Name))}, "
                        + "max_length and min_length are."
                );
            }
        }
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>How to serve the request.</summary>
    private readonly struct Wishes(HttpContext http, JsonElement options)
    {
        /// <summary>Whether a cached caption may be the answer; the default is yes.</summary>
        public bool UseCache { get; } = Read(http, options, "x-use-cache", "use_cache") ?? true;

        /// <summary>Whether to wait for a model that must be loaded first; the default is no.</summary>
        public bool WaitForModel { get; } = Read(http, options, "x-wait-for-model", "wait_for_model") ?? false;

        // As a header or, from older clients, among the body's options.
        private static bool? Read(HttpContext http, JsonElement options, string header, string name)
        {
            string given = http.Request.Headers[header].ToString();
            string? word =
                given.Length > 0 ? given
                : options.ValueKind == JsonValueKind.Object && Member(options, name) is { } value ? JsonUpload.Scalar(value, name)
                : null;
            return string.IsNullOrWhiteSpace(word) ? null : CaptionParameters.ReadBoolean(name, word);
        }
    }
}
