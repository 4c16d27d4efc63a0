using System.CommandLine;
using System.Globalization;
using System.Net;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Stack;

/// <summary>
/// The memory of a running service over many captions of mixed sizes, among requests that name models, paths and methods at random.
/// bench/memory-limit.sh starts the service within a limit and runs this.
/// </summary>
internal static class MemoryLimitCommand
{
    private const int Points = 20;
    private const int Callers = 8;

    // One request in so many is of a kind that nothing may be remembered of.
    private const int StrayEvery = 4;
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(200);

    public static Command Create()
    {
        var address = new Option<string>("--address") { Description = "The running service", Required = true };
        var process = new Option<int>("--process") { Description = "The service's process id, on this machine", Required = true };
        var limit = new Option<int>("--limit-mib") { Description = "The memory it may take", Required = true };
        var enforced = new Option<bool>("--enforced") { Description = "Whether the system ends the service beyond that" };
        var photos = new Option<DirectoryInfo?>("--photos") { Description = "A folder of JPEG photographs. Default: the samples" };
        var captions = new Option<int>("--captions") { Description = "Number of captions", DefaultValueFactory = static _ => 10_000 };
        var command = new Command(
            "memory-limit",
            "Measures a running service's memory over many captions of mixed sizes (see bench/memory-limit.sh)."
        )
        {
            address,
            process,
            limit,
            enforced,
            photos,
            captions,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "memory-limit",
                    async () =>
                    {
                        using var service = new LimitedService(new Uri(parsed.GetRequiredValue(address)), parsed.GetValue(process));
                        var pictures = new MixedPictures(parsed.GetValue(photos), seed: 3);
                        int count = parsed.GetValue(captions);
                        var (points, series) = await MeasureAsync(service, pictures, count, cancellationToken);
                        return new MemoryLimitData(
                            count,
                            Callers,
                            parsed.GetValue(limit),
                            parsed.GetValue(enforced),
                            service.PeakMiB(),
                            points,
                            service.Strays,
                            series[0],
                            series[^1]
                        );
                    },
                    $"bench/memory-limit.sh FOLDER_OF_JPEG_PHOTOS {parsed.GetValue(captions)} {parsed.GetValue(limit)}"
                )
        );
        return command;
    }

    private static async Task<(List<MemoryPoint> Points, List<int> Series)> MeasureAsync(
        LimitedService service,
        MixedPictures pictures,
        int captions,
        CancellationToken cancellationToken
    )
    {
        List<MemoryPoint> points = [];
        List<int> series = [];
        int size = Math.Max(1, captions / Points);
        for (int first = 0; first < captions; first += size)
        {
            int count = Math.Min(size, captions - first);
            await ClosedLoop.SendAsync(
                Callers,
                count,
                async (i, cancellation) =>
                {
                    if (i % StrayEvery == 0)
                    {
                        await service.StrayAsync(first + i, cancellation);
                    }

                    byte[] picture = pictures.Make(first + i);
                    while (await service.Client.CaptionAsync(picture, cancellation) is var outcome && outcome != Outcome.Answered)
                    {
                        if (outcome == Outcome.Failed)
                        {
                            throw new InvalidOperationException($"A caption failed. {service.Client.FirstFailure}");
                        }

                        await Task.Delay(AfterRefusal, cancellation);
                    }
                },
                cancellationToken
            );
            points.Add(new MemoryPoint(first + count, service.ResidentMiB()));
            series.Add(await service.SeriesAsync(cancellationToken));
            Console.WriteLine($"{points[^1].Captions} captions: {points[^1].ResidentMiB:F0} MiB, {series[^1]} series in /metrics");
        }

        return (points, series);
    }

    /// <summary>The service that runs in another process.</summary>
    private sealed class LimitedService(Uri address, int process) : IDisposable
    {
        private readonly HttpClient _http = new() { BaseAddress = address };
        private int _strays;

        public CaptionClient Client { get; } = new(address, ("max_new_tokens", "12"));

        public int Strays => Volatile.Read(ref _strays);

        public double ResidentMiB() => Status("VmRSS:");

        public double PeakMiB() => Status("VmHWM:");

        /// <summary>Number of lines with a value in /metrics.</summary>
        public async Task<int> SeriesAsync(CancellationToken cancellationToken)
        {
            string page = await _http.GetStringAsync(new Uri("/metrics", UriKind.Relative), cancellationToken);
            return page.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(static line => line[0] != '#');
        }

        /// <summary>Sends a request with a model, a path or a method that nobody has named before.</summary>
        public async Task StrayAsync(int number, CancellationToken cancellationToken)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"stray{number}");
            using var request = (number / StrayEvery % 3) switch
            {
                0 => new HttpRequestMessage(HttpMethod.Get, $"/v1/models/org/{name}"),
                1 => new HttpRequestMessage(HttpMethod.Post, $"/{name}/{name}"),
                _ => new HttpRequestMessage(new HttpMethod(name.ToUpperInvariant()), "/models"),
            };
            using var answer = await _http.SendAsync(request, cancellationToken);
            Interlocked.Increment(ref _strays);
            if (answer.StatusCode is < HttpStatusCode.BadRequest or >= HttpStatusCode.InternalServerError)
            {
                throw new InvalidOperationException(
                    $"{request.Method} {request.RequestUri} got {(int)answer.StatusCode}, and should be refused."
                );
            }
        }

        public void Dispose()
        {
            Client.Dispose();
            _http.Dispose();
        }

        private double Status(string field)
        {
            string line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith(field, StringComparison.Ordinal));
            return double.Parse(line[field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) / 1024;
        }
    }
}

/// <summary>The figures of 'memory-limit'. Memory is in units of 2^20 bytes.</summary>
/// <param name="Captions">Captions made.</param>
/// <param name="Callers">Requests at once.</param>
/// <param name="LimitMiB">The limit.</param>
/// <param name="Enforced">Whether the system enforced it.</param>
/// <param name="PeakMiB">The most that was resident.</param>
/// <param name="Points">Resident memory after a number of captions.</param>
/// <param name="Strays">Requests that named a model, a path or a method at random.</param>
/// <param name="FirstSeries">Series in /metrics after the first twentieth.</param>
/// <param name="LastSeries">Series at the end.</param>
internal sealed record MemoryLimitData(
    int Captions,
    int Callers,
    int LimitMiB,
    bool Enforced,
    double PeakMiB,
    IReadOnlyList<MemoryPoint> Points,
    int Strays,
    int FirstSeries,
    int LastSeries
);
