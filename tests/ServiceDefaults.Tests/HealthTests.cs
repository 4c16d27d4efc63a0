using System.Net;
using System.Text.Json.Nodes;
using ImageToText.ServiceDefaults.Health;
using ImageToText.ServiceDefaults.Shutdown;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class HealthTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_service_is_ready_and_alive()
    {
        await using var service = await TestService.StartAsync(TestService.Builder(), app => app.MapDefaultEndpoints());

        Assert.Equal("Healthy", await StatusAsync(service, "/health", HttpStatusCode.OK));
        Assert.Equal("Healthy", await StatusAsync(service, "/alive", HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_failing_check_makes_the_service_unready_but_still_alive()
    {
        var builder = TestService.Builder();
        builder.Services.AddHealthChecks().AddCheck("ledger", () => HealthCheckResult.Unhealthy("no connection"));
        await using var service = await TestService.StartAsync(builder, app => app.MapDefaultEndpoints());

        Assert.Equal("Unhealthy", await StatusAsync(service, "/health", HttpStatusCode.ServiceUnavailable));
        Assert.Equal("Healthy", await StatusAsync(service, "/alive", HttpStatusCode.OK));
    }

    [Fact]
    public async Task A_failing_live_check_makes_the_service_dead()
    {
        var builder = TestService.Builder();
        builder.Services.AddHealthChecks().AddCheck("worker", () => HealthCheckResult.Unhealthy("stuck"), [HealthEndpoints.LiveTag]);
        await using var service = await TestService.StartAsync(builder, app => app.MapDefaultEndpoints());

        Assert.Equal("Unhealthy", await StatusAsync(service, "/alive", HttpStatusCode.ServiceUnavailable));
    }

    [Fact]
    public async Task A_degraded_check_is_named_and_the_service_stays_ready()
    {
        var builder = TestService.Builder();
        builder.Services.AddHealthChecks().AddCheck("redis", () => HealthCheckResult.Degraded("the cache is away"));
        await using var service = await TestService.StartAsync(builder, app => app.MapDefaultEndpoints());

        var report = JsonNode.Parse(await service.Client.GetStringAsync("/health", Cancel))!;
        Assert.Equal("Degraded", (string?)report["status"]);
        Assert.Equal("the cache is away", (string?)report["checks"]!["redis"]!["description"]);
    }

    [Fact]
    public async Task A_checks_exception_is_not_shown_to_strangers()
    {
        var builder = TestService.Builder();
        builder.Services.AddHealthChecks().AddCheck("ledger", () => throw new InvalidOperationException("Host=10.0.0.1;Password=hunter2"));
        await using var service = await TestService.StartAsync(builder, app => app.MapDefaultEndpoints());

        using var answer = await service.Client.GetAsync("/health", Cancel);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.DoesNotContain("hunter2", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_with_its_own_health_route_keeps_it()
    {
        await using var service = await TestService.StartAsync(
            TestService.Builder(),
            app =>
            {
                app.MapGet("/health", () => new { status = "OK" });
                app.MapDefaultEndpoints(readyPath: "/ready");
            }
        );

        Assert.Equal("OK", await StatusAsync(service, "/health", HttpStatusCode.OK));
        Assert.Equal("Healthy", await StatusAsync(service, "/ready", HttpStatusCode.OK));
    }

    [Fact]
    public async Task Services_in_one_application_may_each_map_the_routes()
    {
        var builder = TestService.Builder();
        builder.AddServiceDefaults();
        await using var service = await TestService.StartAsync(
            builder,
            app =>
            {
                app.MapDefaultEndpoints();
                app.MapDefaultEndpoints();
                app.MapDefaultEndpoints(readyPath: "/ready");
            }
        );

        foreach (string path in (string[])["/health", "/ready", "/alive", "/metrics"])
        {
            Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync(path, Cancel)).StatusCode);
        }
    }

    [Fact]
    public async Task A_draining_service_is_alive_and_answers_but_is_not_ready()
    {
        await using var service = await TestService.StartAsync(
            TestService.Builder(),
            app =>
            {
                app.MapGet("/", () => "still here");
                app.MapDefaultEndpoints();
            }
        );
        using (var before = await service.Client.GetAsync("/", Cancel))
        {
            Assert.NotEqual(true, before.Headers.ConnectionClose);
        }

        service.App.Services.GetRequiredService<Drain>().Begin();

        Assert.Equal("Unhealthy", await StatusAsync(service, "/health", HttpStatusCode.ServiceUnavailable));
        Assert.Equal("Healthy", await StatusAsync(service, "/alive", HttpStatusCode.OK));
        using var answer = await service.Client.GetAsync("/", Cancel);
        Assert.Equal("still here", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.True(answer.Headers.ConnectionClose);
    }

    [Fact]
    public void Mapping_without_adding_says_what_is_missing()
    {
        var app = WebApplication.CreateBuilder().Build();
        Assert.Contains(
            "AddServiceDefaults",
            Assert.Throws<InvalidOperationException>(() => app.MapDefaultEndpoints()).Message,
            StringComparison.Ordinal
        );
    }

    private static async Task<string?> StatusAsync(TestService service, string path, HttpStatusCode expected)
    {
        using var answer = await service.Client.GetAsync(path, Cancel);
        Assert.Equal(expected, answer.StatusCode);
        return (string?)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["status"];
    }
}
