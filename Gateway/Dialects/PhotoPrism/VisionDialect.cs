using System.Text.Json;
using ImageToText.Gateway.Dialects.Ollama;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Nodes;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.PhotoPrism;

/// <summary>POST /api/v1/vision/caption, as PhotoPrism asks its own vision service for a caption.</summary>
internal sealed class VisionDialect(PictureIntake intake, RemotePictureReader remote, OllamaModels models, ModelReports reports) : IDialect
{
    /// <inheritdoc/>
    public async Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted)
    {
        using var json = await intake.ReadJsonAsync(http.Request);
        var root = json.Object;
        http.Features.Set(new VisionAsk(JsonUpload.Text(JsonUpload.Member(root, "id"), "id")));
        var parameters = OllamaParameters.Read(JsonUpload.Member(root, "options"));
        string? model = models.IdOf(OllamaAsk.NameOf(root));
        string prompt = JsonUpload.Text(JsonUpload.Member(root, "prompt"), "prompt") ?? "";
        var picture = await remote.TakeAsync(json, PictureOf(root), "images", http.RequestAborted);
        return admitted.Caption(http, picture, parameters) with { ModelId = model, ChatText = prompt, Details = true };
    }

    /// <inheritdoc/>
    public async Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer)
    {
        var whole = answer.Whole!;
        var report = (await reports.ReadAsync(http.RequestAborted)).GetValueOrDefault(answer.ModelId);
        await http.Response.WriteAsJsonAsync(
            new VisionAnswer(
                IdOf(http, request.RequestId),
                StatusCodes.Status200OK,
                new VisionModel("caption", answer.ModelId, "latest", report?.ImageSize ?? 0),
                new VisionResult(new VisionCaption(whole.Text, "image", whole.Details?.Confidence))
            ),
            PlainJson.Vision.VisionAnswer,
            cancellationToken: http.RequestAborted
        );
    }

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(
            new VisionError(IdOf(http, requestId), refusal.Status, refusal.Message),
            PlainJson.Vision.VisionError,
            cancellationToken: http.RequestAborted
        );

    private static string IdOf(HttpContext http, string requestId) => http.Features.Get<VisionAsk>()?.Id ?? requestId;

    private static JsonElement PictureOf(JsonElement root)
    {
        var images = JsonUpload.Member(root, "images");
        return images.ValueKind switch
        {
            JsonValueKind.Array when images.GetArrayLength() == 1 => images[0],
            JsonValueKind.Array when images.GetArrayLength() > 1 => throw Refusals.BadRequest(
                "More than one picture was sent in 'images': send each in its own request.",
                "images"
            ),
            _ when JsonUpload.Member(root, "url") is { ValueKind: JsonValueKind.String } url => url,
            _ => throw Refusals.MissingPicture("images"),
        };
    }

    /// <summary>What the answer repeats of the request.</summary>
    private sealed record VisionAsk(string? Id);
}
