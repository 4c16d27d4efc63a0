using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>Removes files and ended jobs when their time is over.</summary>
internal sealed class JobRetention(
    JobStore store,
    FileShelf shelf,
    IOptions<JobOptions> options,
    IOptions<IntakeOptions> intake,
    TimeProvider time
)
{
    private const int MostAtOnce = 1_000;
    private static readonly TimeSpan LeastAge = TimeSpan.FromDays(1);
    private static readonly TimeSpan MostAge = TimeSpan.FromDays(3650);
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromHours(1);

    private DateTimeOffset _nextSweep;

    /// <summary>Removes what is due.</summary>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        long before = (time.GetUtcNow() - options.Value.Retention).ToUnixTimeSeconds();
        await store.WriteAsync(
            db => db.Jobs.Where(row => row.EndedAt != null && row.EndedAt < before).ExecuteDeleteAsync(cancellationToken),
            cancellationToken
        );
        var due = await store.ReadAsync(
            db =>
                db.Files.Where(file => file.CreatedAt < before)
                    // A job under way still needs its input.
                    .Where(file => !db.Jobs.Any(job => job.InputFileId == file.FileId && job.EndedAt == null))
                    .Select(file => file.FileId)
                    .Take(MostAtOnce)
                    .ToListAsync(cancellationToken),
            cancellationToken
        );
        foreach (string file in due)
        {
            await shelf.RemoveUnneededAsync(file, cancellationToken);
        }

        var now = time.GetUtcNow();
        if (now >= _nextSweep)
        {
            await shelf.SweepAsync((now - LongestUpload()).ToUnixTimeSeconds(), cancellationToken);
            _nextSweep = now + BetweenSweeps;
        }
    }

    // An upload that keeps the least pace is not swept away while it arrives.
    private TimeSpan LongestUpload()
    {
        double slowest = options.Value.MaxFileBytes / intake.Value.MinBytesPerSecond;
        return LeastAge + TimeSpan.FromSeconds(Math.Min(slowest, MostAge.TotalSeconds));
    }
}
