using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using ImageToText.OtlpReceiver.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageToText.OtlpReceiver;

/// <summary>
/// An OTLP receiver on loopback. It supports both transports, gRPC and HTTP with protobuf bodies, and keeps everything that it receives.
/// </summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();
    private readonly ConcurrentQueue<ReceivedPoint> _points = new();
    private readonly ConcurrentQueue<ReceivedLog> _logs = new();

    private Receiver(WebApplication app) => _app = app;

    /// <summary>The endpoint for <c>OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf</c>.</summary>
    public string HttpEndpoint { get; private set; } = "";

    /// <summary>The endpoint for <c>OTEL_EXPORTER_OTLP_PROTOCOL=grpc</c>.</summary>
    public string GrpcEndpoint { get; private set; } = "";

    /// <summary>Every span received so far.</summary>
    public IReadOnlyCollection<ReceivedSpan> Spans => _spans;

    /// <summary>Every metric point received so far.</summary>
    public IReadOnlyCollection<ReceivedPoint> Points => _points;

    /// <summary>Every log record received so far.</summary>
    public IReadOnlyCollection<ReceivedLog> Logs => _logs;

    /// <summary>Starts a receiver on two free ports.</summary>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <returns>The running receiver.</returns>
    public static async Task<Receiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        var receiver = new Receiver(app);
        receiver.Map("traces", "trace", TraceRequest.Parser, request => Keep(receiver._spans, OtlpDecoding.Spans(request)));
        receiver.Map("metrics", "metrics", MetricsRequest.Parser, request => Keep(receiver._points, OtlpDecoding.Points(request)));
        receiver.Map("logs", "logs", LogsRequest.Parser, request => Keep(receiver._logs, OtlpDecoding.Logs(request)));
        await app.StartAsync(cancellationToken);
        string[] addresses = app
            .Services.GetRequiredService<IServer>()
            .Features.GetRequiredFeature<IServerAddressesFeature>()
            .Addresses.ToArray();
        (receiver.HttpEndpoint, receiver.GrpcEndpoint) = (addresses[0], addresses[1]);
        return receiver;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private void Map<T>(string path, string service, MessageParser<T> parser, Action<T> keep)
        where T : IMessage<T>
    {
        _app.MapPost(
            $"/v1/{path}",
            async context =>
            {
                keep(parser.ParseFrom(await ReadAsync(context)));
                context.Response.ContentType = "application/x-protobuf";
            }
        );
        string name = char.ToUpperInvariant(service[0]) + service[1..];
        _app.MapPost(
            $"/opentelemetry.proto.collector.{service}.v1.{name}Service/Export",
            async context =>
            {
                // A gRPC message has five bytes before its body: the compression flag and the length.
                byte[] body = await ReadAsync(context);
                int length = (int)BinaryPrimitives.ReadUInt32BigEndian(body.AsSpan(1, 4));
                keep(parser.ParseFrom(body, 5, length));
                context.Response.ContentType = "application/grpc";
                await context.Response.Body.WriteAsync(new byte[5], context.RequestAborted);
                context.Response.AppendTrailer("grpc-status", "0");
            }
        );
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return body.ToArray();
    }

    private static void Keep<T>(ConcurrentQueue<T> queue, IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            queue.Enqueue(item);
        }
    }
}
