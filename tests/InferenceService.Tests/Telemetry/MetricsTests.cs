using System.Diagnostics.Metrics;
using System.Net;
using ImageToText.InferenceService.Hardware;
using ImageToText.InferenceService.Tests.Node;
using ImageToText.OtlpReceiver;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace ImageToText.InferenceService.Tests.Telemetry;

public sealed class MetricsTests
{
    [Fact]
    public async Task Prometheus_gets_exactly_the_documented_metrics()
    {
        NvidiaDevice gpu = new(
            0,
            "GPU-1",
            "NVIDIA T4",
            MemoryTotal: 16_000,
            MemoryFree: 12_000,
            7,
            5,
            UtilizationCompute: 25,
            UtilizationMemory: 10
        );
        await using var node = await TestNode.StartAsync(
            services: services =>
                services.Replace(
                    ServiceDescriptor.Singleton(provider => new GpuTelemetry(provider.GetRequiredService<IMeterFactory>(), () => [gpu]))
                ),
            settings: ("ServiceDefaults:Telemetry", "true")
        );
        using (var answer = await node.CaptionAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        string scraped = await node.GetAsync("/metrics");

        Assert.All(DocumentedMetric.Of("Node"), metric => Assert.True(metric.IsIn(scraped), metric.Prometheus));
        string[] families = ["caption_", "gen_ai_", "hw_"];
        Assert.Equal(
            DocumentedMetric.Of("Node").Select(metric => metric.Prometheus).Order(StringComparer.Ordinal),
            scraped
                .Split('\n')
                .Where(line => families.Any(family => line.StartsWith($"# TYPE {family}", StringComparison.Ordinal)))
                .Select(line => line.Split(' ')[2])
                .Distinct()
                .Order(StringComparer.Ordinal)
        );
        Assert.Matches(@"(?m)^hw_gpu_utilization\{[^}]*hw_id=""GPU-1""[^}]*\} 0\.25", scraped);
        Assert.Matches(@"(?m)^hw_gpu_memory_usage_bytes\{[^}]*\} 4000", scraped);
    }

    [Fact]
    public async Task A_caption_reports_its_time_to_first_token()
    {
        await using var node = await TestNode.StartAsync(settings: ("ServiceDefaults:Telemetry", "true"));
        using (var answer = await node.CaptionAsync())
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        // The scripted captioner's first token takes 7 ms.
        Assert.Matches(
            @"(?m)^gen_ai_server_time_to_first_token_seconds_bucket\{[^}]*le=""0\.01""[^}]*\} [1-9]",
            await node.GetAsync("/metrics")
        );
    }
}
