using System.Globalization;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Captions;
using ImageToText.InferenceService.Models;
using ImageToText.InferenceService.Uploads;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.Net.Http.Headers;

namespace ImageToText.InferenceService.Errors;

/// <summary>A fault as callers are told of it.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Message">For people.</param>
/// <param name="RetryAfter">When to try again, for overload.</param>
/// <param name="Fields">The fields at fault, for 422.</param>
/// <param name="IsLoading">Whether <paramref name="RetryAfter"/> is when a model is expected to be loaded.</param>
internal sealed record NodeFault(
    int Status,
    string Message,
    TimeSpan? RetryAfter = null,
    IReadOnlyList<NodeFieldError>? Fields = null,
    bool IsLoading = false
);

/// <summary>Errors in the shapes of Livepeer's AI runner.</summary>
internal static partial class NodeErrors
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>What callers are told of an exception; null: it is a fault of the node's that they are told nothing of.</summary>
    public static NodeFault? Describe(Exception fault) =>
        fault switch
        {
            ImageException { Fault: ImageFault.TooLarge } => new(StatusCodes.Status413PayloadTooLarge, fault.Message),
            ImageException { Fault: ImageFault.UnsupportedFormat } => new(StatusCodes.Status415UnsupportedMediaType, fault.Message),
            ImageException => new(StatusCodes.Status400BadRequest, fault.Message),
            UploadTooLargeException => new(StatusCodes.Status413PayloadTooLarge, fault.Message),
            CaptionFormException form => new(StatusCodes.Status422UnprocessableEntity, form.Message, Fields: form.Fields),
            CaptionOptionException option => new(
                StatusCodes.Status422UnprocessableEntity,
                option.Message,
                Fields: [new NodeFieldError(["body", option.Option], option.Message, "value_error")]
            ),
            UnknownModelException => new(StatusCodes.Status400BadRequest, fault.Message),
            ModelFailedException => new(StatusCodes.Status500InternalServerError, fault.Message),
            CaptionQueueFullException => new(StatusCodes.Status429TooManyRequests, fault.Message, Soon),
            UploadBudgetException => new(StatusCodes.Status429TooManyRequests, fault.Message, Soon),
            ModelNotReadyException notReady => new(
                StatusCodes.Status429TooManyRequests,
                fault.Message,
                notReady.RetryAfter,
                IsLoading: notReady.IsLoading
            ),
            NotAdmittedException refused => new(StatusCodes.Status429TooManyRequests, fault.Message, refused.RetryAfter),
            BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => Describe(new UploadTooLargeException()),
            BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout } => new(
                StatusCodes.Status408RequestTimeout,
                "The upload was too slow and was cut off."
            ),
            BadHttpRequestException bad => new(bad.StatusCode, bad.Message),
            _ => null,
        };

    /// <summary>Answers with <c>{"detail":{"msg"}}</c>.</summary>
    public static Task WriteAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new NodeError(new NodeErrorDetail(message)),
            NodeApiJson.Default.NodeError,
            cancellationToken: context.RequestAborted
        );
    }

    /// <summary>Answers with a fault, in the shape that it has.</summary>
    public static Task WriteAsync(HttpContext context, NodeFault fault)
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
            return WriteAsync(context, fault.Status, fault.Message);
        }

        context.Response.StatusCode = fault.Status;
        return context.Response.WriteAsJsonAsync(
            new NodeValidationError(fields),
            NodeApiJson.Default.NodeValidationError,
            cancellationToken: context.RequestAborted
        );
    }

    /// <summary>Turns exceptions of a route into answers.</summary>
    public static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer: the status is for logs and spans.
            if (!context.Response.HasStarted)
            {
                context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
#pragma warning disable CA1031 // The last place that can answer; what is not known is logged.
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
                described = new NodeFault(StatusCodes.Status500InternalServerError, "Image-to-text pipeline error.");
            }
            context.Response.Clear();
            await WriteAsync(context, described);
        }
#pragma warning restore CA1031
    }

    /// <summary>Gives answers that have no body yet (no such route, wrong method) the shape of the others.</summary>
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
