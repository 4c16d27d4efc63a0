using System.Globalization;
using ImageToText.Captioning;
using ImageToText.Contracts;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Net.Http.Headers;

namespace ImageToText.InferenceService.Errors;

/// <summary>Errors in the shapes of Livepeer's AI runner.</summary>
internal static partial class NodeErrors
{
    /// <summary>
    /// What callers are told about an exception; null: it is a bug in the node, of which they are told nothing.
    /// </summary>
    public static NodeRefusal? Describe(Exception fault) =>
        fault switch
        {
            ImageException { Fault: ImageFault.TooLarge } => NodeRefusal.Picture(ErrorCodeTable.ImageTooLarge, fault.Message),
            ImageException { Fault: ImageFault.UnsupportedFormat } => NodeRefusal.Picture(ErrorCodeTable.UnsupportedImage, fault.Message),
            ImageException { Fault: ImageFault.Busy } => NodeRefusal.Busy(fault.Message),
            ImageException => NodeRefusal.Field("image", fault.Message, ErrorCodeTable.InvalidImage.Code),
            NodeRefusalException refused => refused.Refusal,
            CaptionOptionException option => NodeRefusal.Field(option.Option, option.Message, "value_error"),
            CaptionQueueFullException => NodeRefusal.Busy(fault.Message),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => NodeRefusal.TooLarge,
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new(
                StatusCodes.Status408RequestTimeout,
                "The upload was too slow and was cut off."
            ),
            BadHttpRequestException bad => new(bad.StatusCode, bad.Message),
            _ => null,
        };

    /// <summary>Answers with <c>{"detail":{"msg"}}</c>.</summary>
    public static Task WriteAsync(HttpContext context, int status, string message, string? code = null)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new NodeError(new NodeErrorDetail(message, code)),
            NodeApiJson.Default.NodeError,
            cancellationToken: context.RequestAborted
        );
    }

    /// <summary>Answers with an error, in its own shape.</summary>
    public static Task WriteAsync(HttpContext context, NodeRefusal fault)
    {
        if (fault.RetryAfter is { } retryAfter)
        {
            context.Response.Headers[HeaderNames.RetryAfter] = Math.Ceiling(Math.Max(1, retryAfter.TotalSeconds))
                .ToString(CultureInfo.InvariantCulture);
        }

        if (fault is { IsLoading: true, RetryAfter: { } expected })
        {
            context.Response.Headers[CaptionHeaders.EstimatedTime] = expected.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
        }

        if (fault.Fields is not { } fields)
        {
            return WriteAsync(context, fault.Status, fault.Message, fault.Code);
        }

        context.Response.StatusCode = fault.Status;
        return context.Response.WriteAsJsonAsync(
            new NodeValidationError(fields),
            NodeApiJson.Default.NodeValidationError,
            cancellationToken: context.RequestAborted
        );
    }

    /// <summary>Turns a route's exceptions into answers.</summary>
    public static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // There is nobody left to answer; the status is for logs and spans.
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
#pragma warning disable CA1031 // The last place that can answer. Anything unknown is logged.
        catch (Exception fault) when (!context.Response.HasStarted)
        {
            var described = Describe(fault);
            if (described is null)
            {
                Log.Failed(
                    context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(NodeErrors)),
                    fault,
                    context.Request.Path
                );
                described = new NodeRefusal(StatusCodes.Status500InternalServerError, "Image-to-text pipeline error.");
            }
            context.Response.Clear();
            await WriteAsync(context, described);
        }
#pragma warning restore CA1031
    }

    /// <summary>Gives answers without a body (no such route, wrong method) the same shape as the others.</summary>
    public static Task WriteStatusAsync(StatusCodeContext status) =>
        WriteAsync(
            status.HttpContext,
            status.HttpContext.Response.StatusCode,
            status.HttpContext.Response.StatusCode switch
            {
                StatusCodes.Status404NotFound => $"No route {status.HttpContext.Request.Method} {status.HttpContext.Request.Path}.",
                StatusCodes.Status405MethodNotAllowed =>
                    $"{status.HttpContext.Request.Path} does not take {status.HttpContext.Request.Method}.",
                var code => $"HTTP status {code}.",
            }
        );

    private static partial class Log
    {
        [LoggerMessage(20, LogLevel.Error, "{Path} failed")]
        public static partial void Failed(ILogger logger, Exception fault, string path);
    }
}
