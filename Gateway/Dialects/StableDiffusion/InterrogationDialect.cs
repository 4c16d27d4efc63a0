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
        var root = json.Object;
        string? model = ModelOf(JsonUpload.Text(JsonUpload.Member(root, "model"), "model"));
        string question = JsonUpload.Text(JsonUpload.Member(root, "question"), "question") ?? "";
        var image = JsonUpload.Member(root, "image");
        var picture =
            image.ValueKind == JsonValueKind.Undefined
                ? throw Refusals.MissingPicture("image")
                : await remote.TakeAsync(json, image, "image", http.RequestAborted);
        return admitted.Caption(http, picture, CaptionParameters.Read(static _ => null)) with
        {
            ModelId = model,
            ChatText = IsQuestion(http) ? question : "",
        };
    }

    /// <inheritdoc/>
    public Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer) =>
        IsQuestion(http)
            ? http.Response.WriteAsJsonAsync(
                new VisualAnswer(answer.Whole!.Text),
                PlainJson.Interrogation.VisualAnswer,
                cancellationToken: http.RequestAborted
            )
            : http.Response.WriteAsJsonAsync(
                new Interrogation(answer.Whole!.Text),
                PlainJson.Interrogation.Interrogation,
                cancellationToken: http.RequestAborted
            );

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(
            new InterrogationError(refusal.Code, refusal.Message),
            PlainJson.Interrogation.InterrogationError,
            cancellationToken: http.RequestAborted
        );

    private static bool IsQuestion(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/sdapi/v1/vqa", StringComparison.OrdinalIgnoreCase);

    // Programs send the names of interrogators that are models of another kind, such as clip and deepdanbooru: they mean the usual one.
    private string? ModelOf(string? name) =>
        !string.IsNullOrWhiteSpace(name) && (name.Contains('/') || network.View.Knows(name)) ? name : null;
}
