using ImageToText.Gateway.Intake;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.Gateway.Live;

/// <summary>Records each second how full the gateway is, so that the page can show the minutes before it was opened.</summary>
internal sealed class LiveSampler(LiveWindow window, PictureIntake intake, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        PeriodicRounds.RunAsync(Every, time, () => window.Sample(intake.Room.Held), stoppingToken);
}
