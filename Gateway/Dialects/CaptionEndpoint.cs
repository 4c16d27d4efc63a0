using System.Diagnostics;
using System.Globalization;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;

namespace ImageToText.Gateway.Dialects;

/// <summary>
/// Takes a caption request of any dialect through admission, intake and the pipeline, and returns its answer or refusal.
/// </summary>
internal sealed partial class CaptionEndpoint(
    RequestAuthorizer authorizer,
    CaptionPipeline pipeline,
    RecentErrors errors,
    TimeProvider time,
    ILogger<CaptionEndpoint> logger
)
{
    /// <summary>Handles a request that asks for one caption.</summary>
    public Task HandleAsync(HttpContext http, IDialect dialect) =>
        GuardAsync(
            http,
            dialect,
            async requestId =>
            {
                long at = time.GetTimestamp();
                var admitted = new Admitted(requestId, await authorizer.AdmitAsync(http), at);
                CaptionRequest? request;
                using (GatewayTelemetry.Source.StartActivity("caption.intake"))
                {
                    request = await dialect.ReadAsync(http, admitted);
                }

                if (request is null)
                {
                    return;
                }

                if (http.Features.Get<AdmittedItem>() is { } item)
                {
                    request = request with
                    {
                        PriceFactor = item.PriceFactor,
                        IsItem = true,
                        Failures = item.Failures,
                        Pauses = item.Pauses,
                    };
                }

                using (request.Picture)
                {
                    request = request with { Idempotency = IdempotencyKey.Read(http.Request) };
                    var answer = await pipeline.CaptionAsync(request, http.RequestAborted);
                    await using var updates = answer.Updates is { } pieces
                        ? await StartedUpdates.StartAsync(pieces, http.RequestAborted)
                        : null;
                    AnswerHeaders.Write(http.Response, answer, time.GetElapsedTime(at));
                    await dialect.WriteAsync(http, request, answer with { Updates = updates });
                }
            }
        );

    /// <summary>Handles a request of any kind. Whatever it throws becomes a refusal in <paramref name="dialect"/>.</summary>
    public async Task GuardAsync(HttpContext http, IDialect dialect, Func<string, Task> handle)
    {
        // Made here and never taken from the caller: the ledger stores each id once, so an id chosen by the caller would make
        // captions free.
        var item = http.Features.Get<AdmittedItem>();
        bool isItem = item is not null;
        string requestId = item?.RequestId ?? Guid.CreateVersion7().ToString("N");
        http.Response.Headers[AnswerHeaders.RequestId] = requestId;
        Activity.Current?.SetTag(GatewayTelemetry.RequestId, requestId);
        // Intake enforces its own limits on bodies, so that each dialect words the errors itself.
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        try
        {
            HeaderLimits.Check(http.Request.Headers);
            await handle(requestId);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The caller has left, so there is nobody to answer and nothing to charge. The status is for logs and spans.
            if (!http.Response.HasStarted)
            {
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
        catch (RefusalException refused)
        {
            errors.Refused(refused, requestId, isItem: isItem);
            await RefuseAsync(http, dialect, refused.Refusal, requestId);
        }
#pragma warning disable CA1031 // The last resort: the caller gets an answer in the dialect, and the operator gets the exception.
        catch (Exception unexpected)
        {
            Log.Unexpected(logger, unexpected, requestId);
            var failed = Refusals.Unexpected(unexpected);
            errors.Refused(failed, requestId, isItem: isItem);
            await RefuseAsync(http, dialect, failed.Refusal, requestId);
        }
#pragma warning restore CA1031
    }

    private static async Task RefuseAsync(HttpContext http, IDialect dialect, Refusal refusal, string requestId)
    {
        if (http.Response.HasStarted)
        {
            // Dialects report failures inside a stream themselves. Whatever still arrives here can only be cut off.
            http.Abort();
            return;
        }

        var response = http.Response;
        foreach (
            string header in (ReadOnlySpan<string>)
                [AnswerHeaders.Cost, AnswerHeaders.Cache, AnswerHeaders.ModelRevision, AnswerHeaders.Node, AnswerHeaders.ServerTiming]
        )
        {
            response.Headers.Remove(header);
        }

        response.StatusCode = refusal.Status;
        if (refusal.RetryAfter is { } wait)
        {
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        }

        if (refusal.Status is StatusCodes.Status408RequestTimeout or StatusCodes.Status413PayloadTooLarge)
        {
            // The rest of the body is not waited for.
            response.Headers.Connection = "close";
        }

        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = "Bearer";
        }

        await dialect.WriteRefusalAsync(http, refusal, requestId);
    }

    private static partial class Log
    {
        [LoggerMessage(2001, LogLevel.Error, "Request {RequestId} failed unexpectedly.")]
        public static partial void Unexpected(ILogger logger, Exception exception, string requestId);
    }
}
