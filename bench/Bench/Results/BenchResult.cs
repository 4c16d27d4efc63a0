namespace ImageToText.Bench.Results;

/// <summary>One command's figures, with what they were measured on and how: one results file.</summary>
/// <typeparam name="T">The figures.</typeparam>
internal sealed record BenchResult<T>
{
    /// <summary>The version of the file format.</summary>
    public const string CurrentSchema = "imagetotext-bench/1";

    public string Schema { get; init; } = CurrentSchema;

    /// <summary>The command that repeats the measurement.</summary>
    public required string Command { get; init; }

    /// <summary>The source that was measured, as git describes it.</summary>
    public required string Commit { get; init; }

    public required DateTimeOffset Started { get; init; }

    /// <summary>How long the command ran.</summary>
    public required double Seconds { get; init; }

    public required Machine Machine { get; init; }

    public required T Data { get; init; }
}
