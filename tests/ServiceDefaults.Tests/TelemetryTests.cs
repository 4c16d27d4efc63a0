using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using ImageToText.OtlpReceiver;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Trace;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class TelemetryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // The caller belongs to a trace, because a call outside any trace isn't traced.
    private static Activity Caller() =>
        new Activity("caller") { ActivityTraceFlags = ActivityTraceFlags.Recorded }
            .SetIdFormat(ActivityIdFormat.W3C)
            .Start();

    [Theory]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task One_request_is_one_trace_with_its_metrics_and_logs(string protocol)
    {
        await using var receiver = await Receiver.StartAsync(Cancel);
        using var signals = new Signals();
        var builder = TestService.Builder(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", protocol == "grpc" ? receiver.GrpcEndpoint : receiver.HttpEndpoint),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_SERVICE_NAME", "gateway-7")
        );
        string traceId;
        await using (
            var service = await TestService.StartAsync(
                builder,
                app =>
                {
                    app.MapDefaultEndpoints();
                    app.MapGet("/inner", () => "");
                    app.MapGet(
                        "/outer",
                        async (IHttpClientFactory clients, ILogger<TelemetryTests> logger) =>
                        {
                            using var span = signals.Source.StartActivity("caption.select");
                            span?.SetTag("image.width", 640);
                            using var client = clients.CreateClient();
                            await client.GetStringAsync(new Uri(app.Urls.Single() + "/inner"), Cancel);
                            signals.Seconds.Record(0.003);
                            Log.Chosen(logger, "node-1");
                            return Activity.Current!.TraceId.ToHexString();
                        }
                    );
                }
            )
        )
        {
            using var caller = Caller();
            traceId = await service.Client.GetStringAsync("/outer", Cancel);
            await service.Client.GetStringAsync("/alive", Cancel);
            await service.Client.GetStringAsync("/metrics", Cancel);
        }

        var trace = receiver.Spans.Where(span => span.TraceId == traceId).ToArray();
        Assert.All(trace, span => Assert.Equal("gateway-7", span.Service));
        var outer = Assert.Single(trace, span => span.Kind == 2 && span.Name == "GET /outer");
        var own = Assert.Single(trace, span => span.Name == "caption.select");
        var client = Assert.Single(trace, span => span.Kind == 3 && span.ParentId == own.SpanId);
        var inner = Assert.Single(trace, span => span.Kind == 2 && span.Name == "GET /inner");
        Assert.Equal(outer.SpanId, own.ParentId);
        Assert.Equal(client.SpanId, inner.ParentId);
        Assert.Equal(signals.Name, own.Source);
        Assert.Equal(640L, own.Attributes["image.width"]);
        Assert.DoesNotContain(
            receiver.Spans,
            span => span.Name.Contains("/alive", StringComparison.Ordinal) || span.Name.Contains("/metrics", StringComparison.Ordinal)
        );

        var point = Assert.Single(receiver.Points, point => point.Meter == signals.Name && point.Name == "test.duration");
        Assert.Equal(0.003, point.Value);
        Assert.Contains(traceId, point.ExemplarTraceIds);
        Assert.Contains(0.0025, point.Bounds);
        Assert.Contains(receiver.Points, point => point.Name == "http.server.request.duration");
        Assert.Contains(receiver.Points, point => point.Name == "dotnet.gc.collections");

        var log = Assert.Single(receiver.Logs, log => log.TraceId == traceId && log.Category == typeof(TelemetryTests).FullName);
        Assert.Equal("Chose node-1", log.Body);
    }

    [Fact]
    public async Task A_call_outside_any_request_is_traced_on_neither_side()
    {
        await using var receiver = await Receiver.StartAsync(Cancel);
        using var signals = new Signals();
        var builder = TestService.Builder(("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.GrpcEndpoint));
        await using (
            var service = await TestService.StartAsync(
                builder,
                app => app.MapGet("/work", () => signals.Source.StartActivity("caption.select")?.Dispose())
            )
        )
        {
            await service.Client.GetStringAsync("/work", Cancel);
            using var caller = Caller();
            await service.Client.GetStringAsync("/work", Cancel);
        }

        Assert.Equal([2, 3], receiver.Spans.Where(span => span.Source != signals.Name).Select(span => span.Kind).Order());
        Assert.Single(receiver.Spans, span => span.Source == signals.Name);
    }

    [Fact]
    public async Task Prometheus_scrapes_our_metrics_with_exemplars()
    {
        using var signals = new Signals();
        await using var service = await TestService.StartAsync(
            TestService.Builder(),
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapGet(
                    "/work",
                    () =>
                    {
                        signals.Seconds.Record(0.003);
                        return Activity.Current!.TraceId.ToHexString();
                    }
                );
            }
        );
        string traceId;
        using (Caller())
        {
            traceId = await service.Client.GetStringAsync("/work", Cancel);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse("application/openmetrics-text;version=1.0.0"));
        using var answer = await service.Client.SendAsync(request, Cancel);
        string[] lines = (await answer.Content.ReadAsStringAsync(Cancel)).Split('\n');

        string bucket = Assert.Single(
            lines,
            line =>
                line.StartsWith("test_duration_seconds_bucket", StringComparison.Ordinal)
                && line.Contains(signals.Name, StringComparison.Ordinal)
                && line.Contains("le=\"0.005\"", StringComparison.Ordinal)
        );
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"trace_id=\"{traceId}\""), bucket, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bucket_boundaries_advised_by_an_instrument_are_used()
    {
        await using var receiver = await Receiver.StartAsync(Cancel);
        using var signals = new Signals();
        var builder = TestService.Builder(("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", receiver.GrpcEndpoint));
        await using (await TestService.StartAsync(builder, app => app.MapDefaultEndpoints()))
        {
            signals.Advised.Record(3);
        }

        var point = Assert.Single(receiver.Points, point => point.Meter == signals.Name && point.Name == "test.wait");
        Assert.Equal([1, 2, 4], point.Bounds);
    }

    [Fact]
    public async Task A_host_that_leaves_telemetry_to_another_host_collects_none()
    {
        await using var service = await TestService.StartAsync(
            TestService.Builder(("ServiceDefaults:Telemetry", "false")),
            app => app.MapDefaultEndpoints()
        );

        Assert.Null(service.App.Services.GetService<TracerProvider>());
        using var answer = await service.Client.GetAsync("/metrics", Cancel);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/health", Cancel)).StatusCode);
    }

    /// <summary>A source and a meter that no other test listens to.</summary>
    private sealed class Signals : IDisposable
    {
        private readonly Meter _meter;

        public Signals()
        {
            Source = new ActivitySource(Name);
            _meter = new Meter(Name);
            Seconds = _meter.CreateHistogram<double>("test.duration", "s");
            Advised = _meter.CreateHistogram(
                "test.wait",
                "s",
                advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [1, 2, 4] }
            );
        }

        public string Name { get; } = $"ImageToText.Test{Guid.NewGuid():N}";

        public ActivitySource Source { get; }

        public Histogram<double> Seconds { get; }

        public Histogram<double> Advised { get; }

        public void Dispose()
        {
            Source.Dispose();
            _meter.Dispose();
        }
    }
}

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Chose {Node}")]
    public static partial void Chosen(ILogger logger, string node);
}
