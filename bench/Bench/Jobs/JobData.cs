using ImageToText.Bench.Load;

namespace ImageToText.Bench.Jobs;

/// <summary>The figures of 'jobs'.</summary>
/// <param name="SaturationPerSecond">Captions per second of several callers without a job.</param>
/// <param name="JobAlonePerSecond">Items per second of a job while nobody waits for a caption.</param>
/// <param name="Callers">The number of those callers.</param>
/// <param name="Turns">How often each rate was measured.</param>
/// <param name="Points">By rate of arrivals, over all turns.</param>
internal sealed record JobData(
    double SaturationPerSecond,
    double JobAlonePerSecond,
    int Callers,
    int Turns,
    IReadOnlyList<JobPoint> Points
);

/// <summary>Requests that somebody waits for, at one rate, with and without a job.</summary>
/// <param name="OfSaturation">The rate, in units of the rate at saturation.</param>
/// <param name="OfferedPerSecond">Requests per second.</param>
/// <param name="WithoutJob">Latencies without a job.</param>
/// <param name="WithJob">Latencies while a job runs.</param>
/// <param name="Refused">Requests that were refused (429) while the job ran.</param>
/// <param name="JobPerSecond">Items of the job per second.</param>
internal sealed record JobPoint(
    double OfSaturation,
    double OfferedPerSecond,
    Percentiles? WithoutJob,
    Percentiles? WithJob,
    int Refused,
    double JobPerSecond
)
{
    /// <summary>How much longer the slowest of a hundred requests takes with a job.</summary>
    public double? P99Ratio => WithJob?.P99 / WithoutJob?.P99;

    /// <summary>The job's share of the throughput that the requests leave.</summary>
    public double ShareOfLeft { get; init; }
}
