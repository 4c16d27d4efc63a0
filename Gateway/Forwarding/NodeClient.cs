using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Forwarding.Proxy;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Nodes;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Selection;
using ImageToText.Gateway.Telemetry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy;

namespace ImageToText.Gateway.Forwarding;

/// <summary>
/// Sends one caption request to one node over the proxy's connections, and judges the answer: delivered, the caller's fault,
/// busy, unable or failed. Only failures count against the node.
/// </summary>
internal sealed partial class NodeClient(
    IProxyStateLookup proxy,
    LatencyWindow latencies,
    RecentErrors errors,
    GatewayTelemetry telemetry,
    IOptions<ForwardingOptions> options,
    TimeProvider time,
    ILogger<NodeClient> logger
)
{
    private const string OutOfTime = "timeout";

    /// <summary>Asks a node. <see cref="NodeStats.Began"/> was called on its stats; this call ends that.</summary>
    /// <param name="request">The caption to make.</param>
    /// <param name="node">The node.</param>
    /// <param name="offer">Its offer.</param>
    /// <param name="cancellationToken">Ends the attempt. The node is then not judged.</param>
    public async Task<NodeAnswer> AskAsync(CaptionRequest request, NetworkNode node, NodeOffer offer, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        using var span = GatewayTelemetry.Source.StartActivity("caption.forward", ActivityKind.Client);
        span?.SetTag("server.address", node.NodeId).SetTag("gen_ai.request.model", offer.ModelId);
        using var deadline = new Deadline(options.Value.AttemptTimeout, time, cancellationToken);
        NodeAnswer answer;
        try
        {
            answer = await SendAsync(request, node, offer, began, deadline.Token);
        }
        catch (Exception failure)
            when (failure is JsonException or FormatException
                || (
                    failure is OperationCanceledException or HttpRequestException or IOException
                    && !cancellationToken.IsCancellationRequested
                )
            )
        {
            bool hasReached =
                failure
                is not HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };
            answer = NodeAnswer.Lost(offer, Word(failure), hasReached);
            Log.Failed(logger, node.NodeId, failure.GetType().Name);
        }
        catch
        {
            // The attempt was cancelled, however that shows, or we are at fault. It says nothing about the node.
            offer.Node.Ended();
            throw;
        }

        Judge(answer, request, node, offer, began);
        span?.SetTag("outcome", Word(answer.Outcome));
        telemetry.Attempted(node.NodeId, Word(answer.Outcome));
        return answer;
    }

    private static string Word(AttemptOutcome outcome) =>
        outcome switch
        {
            AttemptOutcome.Delivered => "delivered",
            AttemptOutcome.Refused => "refused",
            AttemptOutcome.Busy => "busy",
            AttemptOutcome.Loading => "loading",
            AttemptOutcome.Unable => "unable",
            AttemptOutcome.Failed => "failed",
            _ => "no_node",
        };

    private static string Word(Exception failure) =>
        failure switch
        {
            OperationCanceledException => OutOfTime,
            JsonException or FormatException => "unreadable_answer",
            _ => "connection_failed",
        };

    private static async Task<NodeAnswer> ReadRefusalAsync(
        HttpResponseMessage response,
        NodeOffer offer,
        CancellationToken cancellationToken
    )
    {
        int status = (int)response.StatusCode;
        switch (status)
        {
            case 400 or 413 or 415 or 422:
                var words = await NodeErrorReader.ReadAsync(response.Content, cancellationToken);
                return NodeAnswer.Refused(offer, words.Refuse(status));
            case 429 when ExpectedLoad(response) is { } expected:
                return NodeAnswer.Refused(offer, Refusals.ModelLoading(offer.ModelId, expected), AttemptOutcome.Loading);
            case 429:
            case 503 when response.Headers.RetryAfter is not null:
                return NodeAnswer.Refused(
                    offer,
                    Refusals.AllBusy(response.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1)),
                    AttemptOutcome.Busy
                );
            case >= 400 and < 500:
                return NodeAnswer.Faulty(offer, status, "node_refused", AttemptOutcome.Unable);
            default:
                return NodeAnswer.Faulty(offer, status, "node_failed");
        }
    }

    private async Task<NodeAnswer> SendAsync(
        CaptionRequest request,
        NetworkNode node,
        NodeOffer offer,
        long began,
        CancellationToken cancellationToken
    )
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, new Uri(NodeAddress.WithSlash(node.Address), "image-to-text"))
        {
            Version = HttpVersion.Version11,
            Content = new NodeCaptionContent(
                request.Picture.Bytes,
                NodeFields.MediaTypeOf(request.Picture.Header.Format),
                NodeFields.Of(request, offer.ModelId, node.Kind)
            ),
        };
        if (node.Token is { Length: > 0 } token)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        message.Headers.Add("x-request-id", request.RequestId);
        if (request.IsItem && node.Kind == NodeKind.Native)
        {
            message.Headers.Add(CaptionHeaders.Yields, "true");
        }

        if (!request.WaitsForModel && node.Kind == NodeKind.Native)
        {
            message.Headers.Add(CaptionHeaders.WaitForModel, "false");
        }

        if (!request.ReadsCache || !request.WritesCache)
        {
            // The node has its own cache, by pixels.
            message.Headers.CacheControl = new CacheControlHeaderValue { NoCache = !request.ReadsCache, NoStore = !request.WritesCache };
        }

        var response = await Connections().SendAsync(message, cancellationToken);
        bool keep = false;
        try
        {
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return await ReadRefusalAsync(response, offer, cancellationToken);
            }

            if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
            {
                var answer = await ReadStreamAsync(response, request, node, offer, began, cancellationToken);
                keep = answer.Stream is not null;
                return answer;
            }

            return await ReadWholeAsync(response, offer, cancellationToken);
        }
        finally
        {
            if (!keep)
            {
                response.Dispose();
            }
        }
    }

    private static async Task<NodeAnswer> ReadWholeAsync(HttpResponseMessage response, NodeOffer offer, CancellationToken cancellationToken)
    {
        await response.Content.LoadIntoBufferAsync(4 * 1024 * 1024, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var caption =
            await JsonSerializer.DeserializeAsync(body, NodeApiJson.Default.CaptionResponse, cancellationToken)
            ?? throw new JsonException("The node answered null.");
        // Some runners answer a picture that they could not decode with an empty caption, which nobody should pay for.
        return string.IsNullOrWhiteSpace(caption.Text)
            ? NodeAnswer.Refused(
                offer,
                Refusals.BrokenPicture("The node found nothing to caption in the picture: it may be damaged. Nothing was charged.").Refusal
            )
            : Delivered(response, offer, caption, null);
    }

    private static NodeAnswer Delivered(HttpResponseMessage response, NodeOffer offer, CaptionResponse? whole, NodeStream? stream) =>
        new()
        {
            Outcome = AttemptOutcome.Delivered,
            Offer = offer,
            Whole = whole,
            Stream = stream,
            WasKnown = WasKnown(response),
            Revision = Header(response, "x-model-revision"),
            ServerTiming = Header(response, "Server-Timing"),
        };

    private async Task<NodeAnswer> ReadStreamAsync(
        HttpResponseMessage response,
        CaptionRequest request,
        NetworkNode node,
        NodeOffer offer,
        long began,
        CancellationToken cancellationToken
    )
    {
        var (stream, error) = await NodeStream.OpenAsync(
            response,
            options.Value.StreamSilence,
            time,
            ended => JudgeStream(ended, request, node, offer, began),
            cancellationToken
        );
        return error?.Status switch
        {
            null => Delivered(response, offer, null, stream),
            429 => NodeAnswer.Refused(offer, Refusals.AllBusy(TimeSpan.FromSeconds(1)), AttemptOutcome.Busy),
            >= 400 and < 500 => NodeAnswer.Refused(offer, NodeStream.WordsOf(error).Refuse(error.Status)),
            _ => NodeAnswer.Faulty(offer, error.Status, "node_failed"),
        };
    }

    private void Judge(NodeAnswer answer, CaptionRequest request, NetworkNode node, NodeOffer offer, long began)
    {
        if (answer.Fault is { } fault)
        {
            errors.NodeFailed(node.NodeId, offer.ModelId, request.RequestId, fault.Status, fault.Code);
            // A few pictures that no node can cope with, tried again and again, must not look like a node that fails everyone.
            if (!request.IsItem || (request.Failures == 0 && fault.Code != OutOfTime))
            {
                offer.Node.Missed(offer.ModelId);
            }
        }

        switch (answer.Outcome)
        {
            case AttemptOutcome.Delivered when answer.Stream is not null:
                break; // It is judged when it has ended.
            case AttemptOutcome.Delivered:
                CountDelivered(offer, request, began);
                break;
            // A node that has no place for an item may well have one for whoever waits.
            case AttemptOutcome.Busy when request.IsItem:
                offer.Node.Ended();
                break;
            case AttemptOutcome.Busy:
                offer.Node.Busy(answer.Refusal?.RetryAfter);
                break;
            case AttemptOutcome.Unable:
                Log.Unable(logger, node.NodeId, offer.ModelId);
                offer.Node.Busy(TimeSpan.FromSeconds(5));
                break;
            // A node serves items after everyone else, so one that ran out of time says nothing. Health checks find a node that hangs.
            case AttemptOutcome.Failed when request.IsItem && answer.Fault?.Code == OutOfTime:
                offer.Node.Ended();
                break;
            case AttemptOutcome.Failed:
                Suspend(node, offer);
                break;
            default:
                offer.Node.Ended();
                break;
        }
    }

    private void JudgeStream(AttemptOutcome? outcome, CaptionRequest request, NetworkNode node, NodeOffer offer, long began)
    {
        switch (outcome)
        {
            case AttemptOutcome.Delivered:
                CountDelivered(offer, request, began);
                break;
            case AttemptOutcome.Failed:
                errors.NodeFailed(node.NodeId, offer.ModelId, request.RequestId, null, "stream_broken");
                Suspend(node, offer);
                break;
            default:
                offer.Node.Ended();
                break;
        }
    }

    private void CountDelivered(NodeOffer offer, CaptionRequest request, long began)
    {
        var elapsed = time.GetElapsedTime(began);
        offer.Node.Delivered(offer.ModelId, request.Picture.Pixels, elapsed, request.IsItem);
        if (!request.IsItem)
        {
            latencies.Add(offer.ModelId, request.Picture.Pixels, elapsed);
        }
    }

    private void Suspend(NetworkNode node, NodeOffer offer) => Log.Suspended(logger, node.NodeId, offer.Node.Failed().TotalSeconds);

    private HttpMessageInvoker Connections() =>
        proxy.TryGetCluster(NodeDestinations.NodesCluster, out var cluster)
            ? cluster.Model.HttpClient
            : throw new InvalidOperationException("The proxy has no cluster of nodes.");

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;

    private static TimeSpan? ExpectedLoad(HttpResponseMessage response) =>
        double.TryParse(
            Header(response, CaptionHeaders.EstimatedTime),
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out double seconds
        )
            ? TimeSpan.FromSeconds(Math.Min(seconds, 3600))
            : null;

    private static bool WasKnown(HttpResponseMessage response) => Header(response, "x-cache") == "hit";

    private static partial class Log
    {
        [LoggerMessage(2201, LogLevel.Warning, "Node {Node} failed: {Reason}.")]
        public static partial void Failed(ILogger logger, string node, string reason);

        [LoggerMessage(2202, LogLevel.Warning, "Node {Node} rests for {Seconds:F1} s.")]
        public static partial void Suspended(ILogger logger, string node, double seconds);

        [LoggerMessage(2203, LogLevel.Warning, "Node {Node} refuses requests for {Model} (its token or its models may have changed).")]
        public static partial void Unable(ILogger logger, string node, string model);
    }
}
