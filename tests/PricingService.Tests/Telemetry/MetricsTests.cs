using ImageToText.Contracts.Budgets;
using ImageToText.OtlpReceiver;
using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Telemetry;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ImageToText.PricingService.Tests.Telemetry;

public sealed class MetricsTests
{
    [Fact]
    public async Task Prometheus_gets_exactly_the_documented_metrics()
    {
        await using var host = await TestPricing.StartAsync("--ServiceDefaults:Telemetry=true");
        var telemetry = host.Services.GetRequiredService<PricingTelemetry>();
        // Events that are rare or take long are recorded here, the way the service records them.
        telemetry.SliceAnswered(SliceOutcome.Granted);
        telemetry.SlicesRecalled(1);
        telemetry.SlicesExpired(1);
        telemetry.RecordsReceived(1, 1, 1);
        telemetry.NodeChanged("registered");
        telemetry.VerificationEnded("verified");
        telemetry.NoticeSent("delivered");
        await host.KeyAsync(new(Total: 10));
        await host
            .Services.GetServices<IHostedService>()
            .OfType<BudgetGauge>()
            .Single()
            .RunOnceAsync(TestContext.Current.CancellationToken);

        string scraped = await host.Http(TestPricing.OperatorToken).GetStringAsync("/metrics");

        Assert.Contains("limit=\"total\"", scraped, StringComparison.Ordinal);
        Assert.All(DocumentedMetric.Of("Pricing service"), metric => Assert.True(metric.IsIn(scraped), metric.Prometheus));
        Assert.Equal(
            DocumentedMetric.Of("Pricing service").Select(metric => metric.Prometheus).Order(StringComparer.Ordinal),
            scraped
                .Split('\n')
                .Where(line => line.StartsWith("# TYPE imagetotext_pricing_", StringComparison.Ordinal))
                .Select(line => line.Split(' ')[2])
                .Distinct()
                .Order(StringComparer.Ordinal)
        );
    }
}
