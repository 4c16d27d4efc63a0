using System.Runtime;

namespace ImageToText.Bench.Gateways;

/// <summary>What the runtime did beside the captions: it pauses them to collect, and compiles beside them.</summary>
internal readonly record struct RuntimeWork(int Collections, TimeSpan Paused, long Allocated, long Compiled)
{
    /// <summary>What it has done so far.</summary>
    public static RuntimeWork Now() =>
        new(GC.CollectionCount(0), GC.GetTotalPauseDuration(), GC.GetTotalAllocatedBytes(), JitInfo.GetCompiledMethodCount());

    /// <summary>What it has done since.</summary>
    public string Since(RuntimeWork before) =>
        $"{Collections - before.Collections} collections paused for {(Paused - before.Paused).TotalMilliseconds:F0} ms, "
        + $"{(Allocated - before.Allocated) / 1e6:F0} MB allocated, {Compiled - before.Compiled} methods compiled";
}
