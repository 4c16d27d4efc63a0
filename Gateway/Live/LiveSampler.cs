using ImageToText.Gateway.Intake;

namespace ImageToText.Gateway.Live;

/// <summary>Records each second how full the gateway is, so that the page can show the minutes before it was opened.</summary>
internal sealed class LiveSampler(LiveWindow window, PictureIntake intake, TimeProvider time) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), time);
        try
        {
            do
            {
                window.Sample(intake.Room.Held);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The gateway is stopping.
        }
    }
}
