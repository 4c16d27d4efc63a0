using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Answers;
using ImageToText.InferenceService.Errors;
using ImageToText.InferenceService.Models;
using ImageToText.InferenceService.Uploads;
using ImageToText.ServiceDefaults.Events;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Captions;

/// <summary>Captions the picture of a request.</summary>
internal sealed partial class NodeCaptionEndpoint(
    ModelStore models,
    CaptionAdmission admission,
    UploadBudget budget,
    IOptions<UploadOptions> uploadOptions,
    CaptionTelemetry telemetry,
    TimeProvider time,
    ILogger<NodeCaptionEndpoint> logger
)
{
    private const string RevisionHeader = "x-model-revision";
    private const string CacheHeader = "x-cache";

    private readonly UploadOptions _uploads = uploadOptions.Value;

    /// <summary>Handles a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        long arrived = time.GetTimestamp();
        var cancelled = context.RequestAborted;
        bool yields = Yields(context.Request);
        if (!admission.TryEnter(yields, out var place, out var refusal))
        {
            telemetry.Failed(model: null, "429", time.GetElapsedTime(arrived));
            await NodeErrors.WriteAsync(context, refusal);
            return;
        }

        using var admitted = place;
        string? model = null;
        try
        {
            LimitBody(context);
            using var image = new PooledUpload(budget, _uploads.MaxImageBytes, yields);
            var form = await NodeCaptionFormReader.ReadAsync(context.Request, image, cancelled);
            form.CheckHeader(image.Memory.Span);
            using var lease = await models.AcquireAsync(form.ModelId, cancelled, WaitsForModel(context.Request));
            model = lease.ModelId;
            admitted.Begin(model);
            context.Response.Headers[RevisionHeader] = lease.Captioner.Model.Revision;

            var options = form.Options with { CacheUse = CacheUseOf(context.Request), Yields = yields };
            var caption = form.Stream
                ? await StreamAsync(context, admitted, lease.Captioner, image.Memory, form, options)
                : await AnswerAsync(context, admitted, lease.Captioner, image.Memory, form, options);
            if (caption is not null)
            {
                telemetry.Delivered(caption, image.Memory.Length, time.GetElapsedTime(arrived));
            }
            else
            {
                telemetry.Failed(model, "stream", time.GetElapsedTime(arrived));
            }
        }
        catch (Exception fault)
        {
            string type =
                fault is OperationCanceledException
                    ? "cancelled"
                    : (NodeErrors.Describe(fault)?.Status ?? StatusCodes.Status500InternalServerError).ToString(
                        CultureInfo.InvariantCulture
                    );
            telemetry.Failed(model, type, time.GetElapsedTime(arrived));
            throw;
        }
    }

    private static async Task<Caption> AnswerAsync(
        HttpContext context,
        CaptionAdmission.AdmittedCaption admitted,
        ICaptioner captioner,
        ReadOnlyMemory<byte> image,
        NodeCaptionForm form,
        CaptionOptions options
    )
    {
        var caption = await captioner.CaptionAsync(image, options, context.RequestAborted);
        admitted.Complete();
        form.CheckSize(caption.Image.Width, caption.Image.Height);
        TellCache(context.Response, caption.Reuse is CaptionReuse.Caption);
        context.Response.Headers["Server-Timing"] = CaptionAnswers.ServerTiming(caption.Timings);
        await context.Response.WriteAsJsonAsync(
            CaptionAnswers.ToResponse(caption, form.Details),
            NodeApiJson.Default.CaptionResponse,
            cancellationToken: context.RequestAborted
        );
        return caption;
    }

    /// <summary>Answers with server-sent events. A failure before the first piece is an ordinary error.</summary>
    /// <returns>The caption; null if it failed after the first piece, which the stream then says.</returns>
    private async Task<Caption?> StreamAsync(
        HttpContext context,
        CaptionAdmission.AdmittedCaption admitted,
        ICaptioner captioner,
        ReadOnlyMemory<byte> image,
        NodeCaptionForm form,
        CaptionOptions options
    )
    {
        Caption? delivered = null;
        await EventStream.WriteAsync(context.Response, EventsAsync(context.RequestAborted), context.RequestAborted);
        return delivered;

        async IAsyncEnumerable<SseItem<byte[]>> EventsAsync([EnumeratorCancellation] CancellationToken cancelled)
        {
            await using var updates = captioner.StreamAsync(image, options, cancelled).GetAsyncEnumerator(cancelled);
            SseItem<byte[]>? failed = null;
            while (failed is null && delivered is null)
            {
                SseItem<byte[]>? next;
                try
                {
                    var update = await updates.MoveNextAsync()
                        ? updates.Current
                        : throw new InvalidOperationException("The captioner's stream ended without a caption.");
                    if (update.Caption is { } caption)
                    {
                        admitted.Complete();
                        form.CheckSize(caption.Image.Width, caption.Image.Height);
                        delivered = caption;
                    }

                    if (!context.Response.HasStarted)
                    {
                        TellCache(context.Response, update.WasKnown);
                    }

                    next = CaptionAnswers.ToEvent(update);
                }
#pragma warning disable CA1031 // The status has been sent, so only the stream can say it.
                catch (Exception fault) when (context.Response.HasStarted && !cancelled.IsCancellationRequested)
                {
                    next = failed = ErrorEvent(fault);
                }
#pragma warning restore CA1031

                if (next is { } item)
                {
                    yield return item;
                }
            }
        }
    }

    private SseItem<byte[]> ErrorEvent(Exception fault)
    {
        var described = NodeErrors.Describe(fault);
        if (described is null)
        {
            Log.StreamFailed(logger, fault);
        }

        var error = new CaptionStreamError(
            described?.Status ?? StatusCodes.Status500InternalServerError,
            new NodeErrorDetail(
                described?.Message ?? "Image-to-text pipeline error.",
                described?.Code,
                described?.Fields is [var field, ..] ? field.Loc[^1] : null
            )
        );
        return new(JsonSerializer.SerializeToUtf8Bytes(error, NodeApiJson.Default.CaptionStreamError), CaptionStream.ErrorEvent);
    }

    private static bool WaitsForModel(HttpRequest request) =>
        !string.Equals(request.Headers[CaptionHeaders.WaitForModel], "false", StringComparison.OrdinalIgnoreCase);

    private static bool Yields(HttpRequest request) =>
        string.Equals(request.Headers[CaptionHeaders.Yields], "true", StringComparison.OrdinalIgnoreCase);

    private static void TellCache(HttpResponse response, bool known) => response.Headers[CacheHeader] = known ? "hit" : "miss";

    private static PictureCacheUse CacheUseOf(HttpRequest request) =>
        request.GetTypedHeaders().CacheControl switch
        {
            { NoStore: true } => PictureCacheUse.None,
            { NoCache: true } => PictureCacheUse.Keep,
            _ => PictureCacheUse.ReadAndKeep,
        };

    private void LimitBody(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = (long)_uploads.MaxImageBytes + NodeCaptionFormReader.MaxOverhead;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = new MinDataRate(_uploads.MinBytesPerSecond, _uploads.GracePeriod);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(30, LogLevel.Error, "A streamed caption failed")]
        public static partial void StreamFailed(ILogger logger, Exception fault);
    }
}
