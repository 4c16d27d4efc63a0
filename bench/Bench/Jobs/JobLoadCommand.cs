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
            Description = "How long to measure each rate per turn, with a job and without",
            DefaultValueFactory = static _ => 20,
        };
        var turns = new Option<int>("--turns") { Description = "How often to go through all rates", DefaultValueFactory = static _ => 3 };
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
            turns,
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
                        var run = new Run(
                            service,
                            TimeSpan.FromSeconds(isShort ? 2 : parsed.GetValue(seconds)),
                            isShort ? 1 : parsed.GetValue(turns),
                            parsed.GetValue(callers)
                        );
                        return await run.MeasureAsync(isShort ? [0.5] : parsed.GetRequiredValue(rates), cancellationToken);
                    }
                )
        );
        return command;
    }

    private sealed class Run(StackService service, TimeSpan length, int turns, int callers)
    {
        private readonly LoadPictures _pictures = new(seed: 1);
        private double _saturation;

        public async Task<JobData> MeasureAsync(double[] rates, CancellationToken cancellationToken)
        {
            // The first round warms up and shows how many pictures the next one needs.
            double about = await SaturateAsync(0, cancellationToken);
            _saturation = await SaturateAsync(about, cancellationToken);
            double alone;
            await using (var job = await StartAsync(cancellationToken))
            {
                alone = await RateAsync(job, () => Task.Delay(length, cancellationToken), cancellationToken);
            }

            Console.WriteLine($"{callers} callers {_saturation:F2}/s, a job alone {alone:F2}/s");
            var taken = rates.Select(static _ => new List<Turn>()).ToArray();
            for (int turn = 0; turn < turns; turn++)
            {
                foreach (var (factor, done) in rates.Zip(taken))
                {
                    done.Add(await TurnAsync(factor * _saturation, seed: turn + 1, cancellationToken));
                    Print($"turn {turn + 1} of {turns}: ", Point(factor, done[^1..]));
                }
            }

            JobPoint[] points = [.. rates.Zip(taken, Point)];
            Array.ForEach(points, static point => Print("", point));
            return new JobData(_saturation, alone, callers, turns, points);
        }

        private async Task<Turn> TurnAsync(double rate, int seed, CancellationToken cancellationToken)
        {
            var without = await SendAsync(rate, seed, cancellationToken);
            Arrival[] with = [];
            await using var job = await StartAsync(cancellationToken);
            double jobRate = await RateAsync(job, async () => with = await SendAsync(rate, seed, cancellationToken), cancellationToken);
            return new Turn(without, with, jobRate);
        }

        private JobPoint Point(double factor, IReadOnlyList<Turn> taken)
        {
            double rate = factor * _saturation;
            double jobRate = taken.Average(static turn => turn.JobRate);
            return new JobPoint(
                factor,
                rate,
                Latencies(taken.SelectMany(static turn => turn.Without)),
                Latencies(taken.SelectMany(static turn => turn.With)),
                taken.Sum(static turn => turn.With.Count(static arrival => arrival.Outcome == Outcome.Refused)),
                jobRate
            )
            {
                ShareOfLeft = jobRate / (_saturation - rate),
            };
        }

        private static void Print(string prefix, JobPoint point) =>
            Console.WriteLine(
                $"{prefix}{point.OfSaturation:F2} x saturation = {point.OfferedPerSecond:F1}/s: p50 {point.WithoutJob?.P50:F1} and p99 "
                    + $"{point.WithoutJob?.P99:F1} ms without a job, {point.WithJob?.P50:F1} and {point.WithJob?.P99:F1} ms with one "
                    + $"(p99 x {point.P99Ratio:F2}); {point.Refused} refused; the job {point.JobPerSecond:F2}/s, "
                    + $"{point.ShareOfLeft:P0} of what is left"
            );

        private static Percentiles? Latencies(IEnumerable<Arrival> arrivals) =>
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

        private async Task<Arrival[]> SendAsync(double rate, int seed, CancellationToken cancellationToken)
        {
            var due = PoissonArrivals.Draw(rate, length, seed);
            byte[][] pictures = _pictures.Make(due.Length);
            GC.Collect();
            return await new OpenLoop(TimeProvider.System).RunAsync(
                due,
                (i, cancellation) => service.Client.CaptionAsync(pictures[i], cancellation),
                cancellationToken
            );
        }

        private async Task<double> SaturateAsync(double about, CancellationToken cancellationToken)
        {
            var next = _pictures.Stock(callers + (int)(Reserve * about * 1.25 * length.TotalSeconds));
            return await ClosedLoop.RateAsync(
                callers,
                length / 4,
                length,
                cancellation => service.Client.CaptionAsync(next(), cancellation),
                cancellationToken
            );
        }

        private sealed record Turn(Arrival[] Without, Arrival[] With, double JobRate);
    }
}
