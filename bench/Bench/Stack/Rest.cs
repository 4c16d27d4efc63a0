using System.Globalization;

namespace ImageToText.Bench.Stack;

/// <summary>What 'serve' takes while nobody asks for anything: processor time, and the kinds of memory that are resident.</summary>
/// <param name="Seconds">How long it was watched.</param>
/// <param name="ProcessorSeconds">Of all cores together, in that time.</param>
/// <param name="ResidentMiB">At the end, 2^20 bytes.</param>
/// <param name="AnonymousMiB">The part that is the process's own: heaps and stacks. Null: not on Linux.</param>
/// <param name="FileMiB">The part that is pages of programs and libraries, which the system takes back when it needs room.</param>
/// <param name="SharedMiB">The part that is code compiled at run time.</param>
internal sealed record Rest(
    double Seconds,
    double ProcessorSeconds,
    double ResidentMiB,
    double? AnonymousMiB,
    double? FileMiB,
    double? SharedMiB
)
{
    // By then the start's memory has been given back.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(20);

    /// <summary>Waits until a service has settled after its first captions, and watches it.</summary>
    public static async Task<Rest> MeasureAsync(StackService service, TimeSpan time, CancellationToken cancellationToken)
    {
        var process = service.Process;
        await Task.Delay(Settled, cancellationToken);
        var before = process.ProcessorTime();
        await Task.Delay(time, cancellationToken);
        var used = process.ProcessorTime() - before;
        return new Rest(
            time.TotalSeconds,
            used.TotalSeconds,
            process.ResidentMemory() / (double)(1 << 20),
            StatusMiB(process.Id, "RssAnon:"),
            StatusMiB(process.Id, "RssFile:"),
            StatusMiB(process.Id, "RssShmem:")
        );
    }

    private static double? StatusMiB(int process, string name) =>
        OperatingSystem.IsLinux()
            ? double.Parse(
                File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"))
                    .First(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..]
                    .Replace("kB", "", StringComparison.Ordinal),
                CultureInfo.InvariantCulture
            ) / 1024
            : null;
}
