using System.Text.Json;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Dialects.StableDiffusion;

/// <summary>
/// POST /sdapi/v1/interrogate as in AUTOMATIC1111's web UI and Forge, and POST /sdapi/v1/vqa as in SD.Next, which answers a question.
/// </summary>
internal sealed class InterrogationDialect(PictureIntake intake, RemotePictureReader remote, Network network) : IDialect
{
    /// <inheritdoc/>
    public async Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted)
    {
        using var json = await intake.ReadJsonAsync(http.Request);
        var root = json.Root.ValueKind == JsonValueKind.Object ? json.Root : throw Refusals.BadRequest("The body must be a JSON object.");
        string? model = ModelOf(JsonUpload.Text(Member(root, "model"), "model"));
        string question = JsonUpload.Text(Member(root, "question"), "question") ?? "";
        var image = Member(root, "image");
        var cache = http.Request.GetTypedHeaders().CacheControl;
        return new CaptionRequest
        {
            RequestId = admitted.RequestId,
            Caller = admitted.Caller,
            AdmittedAt = admitted.At,
            Picture =
                image.ValueKind == JsonValueKind.Undefined
                    ? throw Refusals.MissingPicture("image")
                    : await remote.TakeAsync(json, image, "image", http.RequestAborted),
            ModelId = model,
            Parameters = CaptionParameters.Read(static _ => null),
            ChatText = IsQuestion(http) ? question : "",
            ReadsCache = cache is not ({ NoCache: true } or { NoStore: true }),
            WritesCache = cache is not { NoStore: true },
        };
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer) =>
        IsQuestion(http)
            ? http.Response.WriteAsJsonAsync(
                new VisualAnswer(answer.Whole!.Text),
                InterrogationJson.Default.VisualAnswer,
                cancellationToken: http.RequestAborted
            )
            : http.Response.WriteAsJsonAsync(
                new Interrogation(answer.Whole!.Text),
                InterrogationJson.Default.Interrogation,
                cancellationToken: http.RequestAborted
            );

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(
            new InterrogationError(refusal.Code, refusal.Message),
            InterrogationJson.Default.InterrogationError,
            cancellationToken: http.RequestAborted
        );

    private static bool IsQuestion(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/sdapi/v1/vqa", StringComparison.OrdinalIgnoreCase);

    // Programs send the names of interrogators that are models of another kind, such as clip and deepdanbooru: they mean the usual one.
    private string? ModelOf(string? name) =>
        !string.IsNullOrWhiteSpace(name) && (name.Contains('/') || network.View.Knows(name)) ? name : null;

    private static JsonElement Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;
}
