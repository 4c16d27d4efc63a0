using System.Diagnostics;
using System.Runtime;

namespace ImageToText.Bench.Gateways;

/// <summary>
/// Repeats what will be measured until the just-in-time compiler is done with it. It compiles frequent methods again, in the background
/// and for many seconds, and would take up to half of the processors from the first captions that are measured.
/// </summary>
internal static class Compiled
{
    private const int FewMethods = 50;
    private const int QuietRounds = 2;

    /// <summary>Repeats <paramref name="round"/> until two in a row compile next to nothing, or for <paramref name="most"/>.</summary>
    /// <returns>Makes the record of it when the measurement is over.</returns>
    public static async Task<Func<WarmUpRounds>> RepeatAsync(Func<Task> round, TimeSpan most)
    {
        long began = Stopwatch.GetTimestamp();
        int rounds = 0;
        int quiet = 0;
        for (; quiet < QuietRounds && Stopwatch.GetElapsedTime(began) < most; rounds++)
        {
            long before = JitInfo.GetCompiledMethodCount();
            await round();
            quiet = JitInfo.GetCompiledMethodCount() - before < FewMethods ? quiet + 1 : 0;
        }

        bool isQuiet = quiet == QuietRounds;
        Console.WriteLine(
            $"{(isQuiet ? "Warm" : "Not warm yet")} after {rounds} rounds, {Stopwatch.GetElapsedTime(began).TotalSeconds:F0} s."
        );
        long compiled = JitInfo.GetCompiledMethodCount();
        return () => new WarmUpRounds(rounds, isQuiet, JitInfo.GetCompiledMethodCount() - compiled);
    }
}
