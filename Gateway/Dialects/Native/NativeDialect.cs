using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>
/// POST /image-to-text as in Livepeer's gateway, with our extensions: a form, or JSON with the picture in base64.
/// </summary>
internal sealed class NativeDialect(PictureIntake intake, RemotePictureReader remote) : IDialect
{
    /// <inheritdoc/>
    public async Task<CaptionRequest?> ReadAsync(HttpContext http, Admitted admitted)
    {
        if (http.Request.HasJsonContentType())
        {
            using var json = await intake.ReadJsonAsync(http.Request);
            return await ReadJsonAsync(http, admitted, json);
        }

        if (http.Request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) != true)
        {
            throw Refusals.UnsupportedContentType(
                http.Request.ContentType,
                "multipart/form-data, or application/json with the picture in base64"
            );
        }

        var form = await intake.ReadFormAsync(http.Request, static name => name == "image");
        try
        {
            if (form.Pictures is not [var uploaded])
            {
                throw Refusals.MissingPicture("image");
            }

            var fields = NativeFields.Read(form.Fields.GetValueOrDefault);
            var picture = uploaded.Address is { } address ? await remote.ReadAsync(address, http.RequestAborted) : uploaded.Picture!;
            return fields.Compose(http, admitted, picture);
        }
        catch
        {
            form.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task WriteAsync(HttpContext http, CaptionRequest request, CaptionAnswer answer)
    {
        if (request.Stream)
        {
            await AnswerEvents.WriteAsync(
                http,
                EventsOf(request, answer),
                refusal => AnswerEvents.Of(ErrorOf(refusal, request.RequestId), PlainJson.Gateway.ErrorBody, CaptionStream.ErrorEvent)
            );
            return;
        }

        await http.Response.WriteAsJsonAsync(
            Shown(answer.Whole!, answer, request),
            PlainJson.Node.CaptionResponse,
            cancellationToken: http.RequestAborted
        );
    }

    /// <inheritdoc/>
    public Task WriteRefusalAsync(HttpContext http, Refusal refusal, string requestId) =>
        http.Response.WriteAsJsonAsync(ErrorOf(refusal, requestId), PlainJson.Gateway.ErrorBody, cancellationToken: http.RequestAborted);

    /// <summary>A refusal in our shape.</summary>
    public static ErrorBody ErrorOf(Refusal refusal, string requestId) =>
        new(new ErrorDetail(refusal.Message, refusal.Code, requestId, refusal.CheapestPricePerPixel, refusal.Parameter));

    /// <summary>The caption, with only the details that were requested.</summary>
    public static CaptionResponse Shown(CaptionResponse caption, CaptionAnswer answer, CaptionRequest request) =>
        request.Details ? caption with { ModelId = caption.ModelId ?? answer.ModelId } : new CaptionResponse { Text = caption.Text };

    private async Task<CaptionRequest> ReadJsonAsync(HttpContext http, Admitted admitted, JsonUpload json)
    {
        var root = json.Object;
        var image = JsonUpload.Member(root, "image");
        if (image.ValueKind == JsonValueKind.Undefined)
        {
            throw json.FindPicture() is { } misnamed ? Refusals.MisplacedPicture(misnamed, "image") : Refusals.MissingPicture("image");
        }

        var fields = NativeFields.Read(name => JsonUpload.Scalar(JsonUpload.Member(root, name), name));
        var picture = http.Features.Get<AdmittedItem>()?.Pictures is { } named
            ? await named.ReadAsync(JsonUpload.Text(image, "image")!, http.RequestAborted)
            : await remote.TakeAsync(json, image, "image", http.RequestAborted);
        return fields.Compose(http, admitted, picture);
    }

    private static async IAsyncEnumerable<SseItem<byte[]>> EventsOf(
        CaptionRequest request,
        CaptionAnswer answer,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        if (answer.Updates is null)
        {
            yield return WholeOf(answer.Whole!);
            yield break;
        }

        await foreach (var update in answer.Updates.WithCancellation(cancellationToken))
        {
            if (update.Piece is { } piece)
            {
                yield return AnswerEvents.Of(request.Details ? piece : new CaptionPiece { Text = piece.Text }, PlainJson.Node.CaptionPiece);
            }
            else if (update.Whole is { } whole)
            {
                yield return WholeOf(whole);
            }
        }

        SseItem<byte[]> WholeOf(CaptionResponse whole) =>
            AnswerEvents.Of(Shown(whole, answer, request), PlainJson.Node.CaptionResponse, CaptionStream.CaptionEvent);
    }
}
