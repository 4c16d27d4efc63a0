using ImageToText.ServiceDefaults.Shutdown;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class ShutdownTests
{
    [Fact]
    public async Task A_terminated_service_stops_after_the_delay_and_not_before()
    {
        var time = new FakeTimeProvider();
        await using var app = Build(time, ("ServiceDefaults:DrainDelay", "00:00:07"));
        var drain = app.Services.GetRequiredService<Drain>();
        var stopping = app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

        var terminated = Lifetime(app).TerminateAsync();
        Assert.True(drain.IsDraining);
        time.Advance(TimeSpan.FromSeconds(6.9));
        Assert.False(stopping.IsCancellationRequested);

        time.Advance(TimeSpan.FromSeconds(0.1));
        await terminated;
        Assert.True(stopping.IsCancellationRequested);
    }

    [Fact]
    public async Task A_second_signal_stops_at_once()
    {
        await using var app = Build(new FakeTimeProvider());

        var first = Lifetime(app).TerminateAsync();
        await Lifetime(app).TerminateAsync();

        await first;
        Assert.True(app.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
    }

    [Fact]
    public async Task A_service_told_to_stop_drains_too()
    {
        await using var app = Build(new FakeTimeProvider());
        var drain = app.Services.GetRequiredService<Drain>();

        app.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.True(drain.Started.IsCancellationRequested);
    }

    [Fact]
    public async Task A_lifetime_chosen_for_the_host_is_kept()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Services.RemoveAll<IHostLifetime>().AddSingleton<IHostLifetime, OtherLifetime>();
        builder.AddServiceDefaults();
        await using var app = builder.Build();

        Assert.IsType<OtherLifetime>(app.Services.GetRequiredService<IHostLifetime>());
    }

    [Theory]
    [InlineData("ServiceDefaults:DrainDelay", "-00:00:01")]
    [InlineData("ServiceDefaults:ShutdownTimeout", "00:00:00")]
    public void A_setting_out_of_range_is_refused_by_name(string key, string value)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => Build(TimeProvider.System, (key, value)));
        Assert.Contains(key, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_under_way_get_the_configured_time()
    {
        await using var app = Build(TimeProvider.System, ("ServiceDefaults:ShutdownTimeout", "00:01:10"));
        Assert.Equal(TimeSpan.FromSeconds(70), app.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    private static DrainingLifetime Lifetime(WebApplication app) =>
        Assert.IsType<DrainingLifetime>(app.Services.GetRequiredService<IHostLifetime>());

    private static WebApplication Build(TimeProvider time, params (string, string?)[] settings)
    {
        var builder = TestService.Builder(settings);
        builder.Services.Replace(ServiceDescriptor.Singleton(time));
        return builder.Build();
    }

    private sealed class OtherLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
