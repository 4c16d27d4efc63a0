namespace ImageToText.Contracts;

/// <summary>Answer of <c>POST /image-to-text/batch</c>: one entry per picture, in the order received.</summary>
/// <param name="Results">The entries.</param>
/// <param name="CostUsd">What all captions of the batch cost together, in USD.</param>
public sealed record BatchAnswer(IReadOnlyList<BatchEntry> Results, decimal CostUsd);

/// <summary>One picture's caption or error.</summary>
/// <param name="Index">Its place in the batch, from 0.</param>
/// <param name="Name">Its file name.</param>
/// <param name="RequestId">The id under which it was charged, if it was.</param>
/// <param name="Result">The caption; null: there is none.</param>
/// <param name="Error">Why there is no caption; null: there is one.</param>
/// <param name="Status">The HTTP status that it would have had alone.</param>
/// <param name="CostUsd">What it costs, in USD.</param>
/// <param name="Cache">hit, miss or coalesced.</param>
/// <param name="Node">The node that captioned it.</param>
public sealed record BatchEntry(
    int Index,
    string? Name,
    string RequestId,
    CaptionResponse? Result,
    ErrorDetail? Error,
    int Status,
    decimal CostUsd,
    string? Cache,
    string? Node
);

/// <summary>The end of a batch that is answered piece by piece: the last event, or the last line.</summary>
/// <param name="Captioned">Pictures with a caption.</param>
/// <param name="Refused">Pictures with an error.</param>
/// <param name="CostUsd">What all captions of the batch cost together, in USD.</param>
public sealed record BatchEnd(int Captioned, int Refused, decimal CostUsd)
{
    /// <summary>The same with one more result.</summary>
    /// <param name="entry">The result.</param>
    public BatchEnd With(BatchEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Error is null
            ? new(Captioned + 1, Refused, CostUsd + entry.CostUsd)
            : new(Captioned, Refused + 1, CostUsd + entry.CostUsd);
    }
}

/// <summary>The events of a batch that is answered piece by piece.</summary>
public static class BatchStream
{
    /// <summary>One picture's result: a <see cref="BatchEntry"/>.</summary>
    public const string ResultEvent = "result";

    /// <summary>All pictures are done: a <see cref="BatchEnd"/>.</summary>
    public const string EndEvent = "end";

    /// <summary>The batch failed as a whole: an <see cref="ErrorBody"/>.</summary>
    public const string ErrorEvent = "error";
}
