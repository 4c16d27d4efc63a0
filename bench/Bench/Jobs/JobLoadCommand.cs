using System.CommandLine;
using System.Diagnostics;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.Bench.Stack;

namespace ImageToText.Bench.Jobs;

/// <summary>The whole service with requests that somebody waits for, with and without a job beside them.</summary>
internal static class JobLoadCommand
{
    // The job may be faster than callers who wait for their answers.
    private const double Reserve = 1.5;

    public static Command Create()
    {
        var rates = new Option<double[]>("--rates")
        {
            Description = "Rates of arrivals, in units of the rate at saturation",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = static _ => [0.25, 0.5, 0.75],
        };
        var seconds = new Option<double>("--seconds")
        {
            Description = "How long to measure each rate, with a job and without",
            DefaultValueFactory = static _ => 60,
        };
        var callers = new Option<int>("--callers")
        {
            Description = "Concurrent callers that measure the rate at saturation",
            DefaultValueFactory = static _ => 16,
        };
        var stack = new StackOptions();
        var command = new Command(
            "jobs",
            "Measures the latency of captions that somebody waits for, with and without a job, and the job's share of what they leave."
        )
        {
            rates,
            seconds,
            callers,
        };
        stack.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "jobs",
                    async () =>
                    {
                        await using var service = await StackService.StartAsync(stack, parsed, [], cancellationToken);
                        bool isShort = parsed.GetValue(CommonOptions.Short);
                        var run = new Run(service, TimeSpan.FromSeconds(isShort ? 2 : parsed.GetValue(seconds)), parsed.GetValue(callers));
                        return await run.MeasureAsync(isShort ? [0.5] : parsed.GetRequiredValue(rates), cancellationToken);
                    }
                )
        );
        return command;
    }

    private sealed class Run(StackService service, TimeSpan length, int callers)
    {
        private readonly LoadPictures _pictures = new(seed: 1);
        private double _saturation;

        public async Task<JobData> MeasureAsync(double[] rates, CancellationToken cancellationToken)
        {
            var half = length / 2;
            // The first round warms up.
            await SaturateAsync(half, cancellationToken);
            _saturation = await SaturateAsync(length, cancellationToken);
            double alone;
            await using (var job = await StartAsync(cancellationToken))
            {
                alone = await RateAsync(job, () => Task.Delay(length, cancellationToken), cancellationToken);
            }

            Console.WriteLine($"{callers} callers {_saturation:F2}/s, a job alone {alone:F2}/s");
            var points = new List<JobPoint>();
            foreach (double factor in rates)
            {
                points.Add(await PointAsync(factor, cancellationToken));
            }

            return new JobData(_saturation, alone, callers, points);
        }

        private async Task<JobPoint> PointAsync(double factor, CancellationToken cancellationToken)
        {
            double rate = factor * _saturation;
            var without = await SendAsync(rate, cancellationToken);
            Arrival[] with = [];
            double jobRate;
            await using (var job = await StartAsync(cancellationToken))
            {
                jobRate = await RateAsync(job, async () => with = await SendAsync(rate, cancellationToken), cancellationToken);
            }

            var point = new JobPoint(
                factor,
                rate,
                Latencies(without),
                Latencies(with),
                with.Count(static arrival => arrival.Outcome == Outcome.Refused),
                jobRate
            )
            {
                ShareOfLeft = jobRate / (_saturation - rate),
            };
            Console.WriteLine(
                $"{factor:F2} x saturation = {rate:F1}/s: p50 {point.WithoutJob?.P50:F1} and p99 {point.WithoutJob?.P99:F1} ms without a "
                    + $"job, {point.WithJob?.P50:F1} and {point.WithJob?.P99:F1} ms with one (p99 x {point.P99Ratio:F2}); {point.Refused} "
                    + $"refused; the job {jobRate:F2}/s, {point.ShareOfLeft:P0} of what is left"
            );
            return point;
        }

        private static Percentiles? Latencies(Arrival[] arrivals) =>
            Percentiles.Of(arrivals.Where(static arrival => arrival.Outcome == Outcome.Answered).Select(static arrival => arrival.Latency));

        // More items than are captioned in that time, so that there is a job until the end.
        private Task<JobLoad> StartAsync(CancellationToken cancellationToken) =>
            JobLoad.StartAsync(
                service.Process.Address,
                _pictures.Make(100 + (int)(Reserve * _saturation * length.TotalSeconds)),
                cancellationToken
            );

        private static async Task<double> RateAsync(JobLoad job, Func<Task> meanwhile, CancellationToken cancellationToken)
        {
            int before = await job.DoneAsync(cancellationToken);
            long began = Stopwatch.GetTimestamp();
            await meanwhile();
            return (await job.DoneAsync(cancellationToken) - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        private async Task<Arrival[]> SendAsync(double rate, CancellationToken cancellationToken)
        {
            var due = PoissonArrivals.Draw(rate, length, seed: 1);
            byte[][] pictures = _pictures.Make(due.Length);
            GC.Collect();
            return await new OpenLoop(TimeProvider.System).RunAsync(
                due,
                (i, cancellation) => service.Client.CaptionAsync(pictures[i], cancellation),
                cancellationToken
            );
        }

        private async Task<double> SaturateAsync(TimeSpan time, CancellationToken cancellationToken)
        {
            var gate = new Lock();
            return await ClosedLoop.RateAsync(
                callers,
                time / 4,
                time,
                cancellation =>
                {
                    byte[] picture;
                    lock (gate)
                    {
                        picture = _pictures.Make(1)[0];
                    }

                    return service.Client.CaptionAsync(picture, cancellation);
                },
                cancellationToken
            );
        }
    }
}
