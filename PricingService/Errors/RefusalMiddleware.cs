using System.Diagnostics;
using System.Text.Json;
using ImageToText.Contracts;

namespace ImageToText.PricingService.Errors;

/// <summary>Turns refusals and unreadable requests into the error body that every client knows.</summary>
internal sealed partial class RefusalMiddleware(RequestDelegate next, ILogger<RefusalMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (PricingRefusalException refusal) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, refusal.Status, refusal.Code, refusal.Message);
        }
        catch (BadHttpRequestException unreadable) when (!context.Response.HasStarted)
        {
            string cause = unreadable.InnerException is JsonException json ? $"{unreadable.Message} {json.Message}" : unreadable.Message;
            await AnswerAsync(context, unreadable.StatusCode, "invalid_request", cause);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // There is nobody left to answer.
        }
        catch (Exception full) when (FullStore.Explains(full) && !context.Response.HasStarted)
        {
            Log.Full(logger, context.Request.Method, context.Request.Path, full.GetBaseException().Message);
            var kind = ErrorCodeTable.StorageFull;
            await AnswerAsync(
                context,
                kind.Status,
                kind.Code,
                "The disk of the pricing service's database is full, so nothing was changed: make room there, and send this again."
            );
        }
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            Log.Fault(logger, fault, context.Request.Method, context.Request.Path);
            await AnswerAsync(
                context,
                StatusCodes.Status500InternalServerError,
                "internal_error",
                "The pricing service failed; its log has the cause under this request id."
            );
        }
    }

    private static Task AnswerAsync(HttpContext context, int status, string code, string message)
    {
        context.Response.StatusCode = status;
        var body = new ErrorBody(new(message, code, Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier));
        return context.Response.WriteAsJsonAsync(body, ContractsJson.Default.ErrorBody, cancellationToken: context.RequestAborted);
    }

    private static partial class Log
    {
        [LoggerMessage(10, LogLevel.Error, "{Method} {Path} failed.")]
        public static partial void Fault(ILogger logger, Exception fault, string method, PathString path);

        [LoggerMessage(11, LogLevel.Error, "{Method} {Path} failed because the database's disk is full: make room there. ({Reason})")]
        public static partial void Full(ILogger logger, string method, PathString path, string reason);
    }
}
