namespace ImageToText.Captioning.Scheduling;

/// <summary>
/// A request's place in the running batch. It starts as one row with its last start id; after that, it has its search's rows.
/// </summary>
/// <param name="job">The request.</param>
/// <param name="picture">Its picture's row in the cross-attention store.</param>
/// <param name="firstRow">Its first row.</param>
internal sealed class RunningRequest(CaptionJob job, int picture, int firstRow)
{
    private static readonly int[] Unmoved = [.. Enumerable.Range(0, GenerationDefaults.MaxRows)];

    private bool _begun;
    private bool _advanced;

    /// <summary>The request.</summary>
    public CaptionJob Job { get; } = job;

    /// <summary>Its picture's row in the cross-attention store.</summary>
    public int Picture { get; set; } = picture;

    /// <summary>Its first row.</summary>
    public int FirstRow { get; private set; } = firstRow;

    /// <summary>Its rows in the next step.</summary>
    public int Rows { get; private set; } = 1;

    /// <summary>Tokens whose keys and values are in each of its rows.</summary>
    public int Length { get; set; }

    /// <summary>Whether its caller has left.</summary>
    public bool Dropped { get; set; }

    /// <summary>The token to feed in each row.</summary>
    public ReadOnlySpan<int> Feed => _begun ? Job.Search.NextTokens : Job.StartIds.AsSpan()[^1..];

    /// <summary>For each coming row, the present row that it continues.</summary>
    public ReadOnlySpan<int> Parents => _advanced ? Job.Search.Parents : Unmoved.AsSpan(0, Rows);

    /// <summary>Takes the logits of its rows.</summary>
    public void Advance(Span<float> logits)
    {
        Length++;
        Job.Search.Advance(logits);
        _begun = _advanced = true;
        if (Job.Tokens is { } tokens && Job.Search.LatestToken is { } latest)
        {
            tokens.TryWrite(latest);
        }
    }

    /// <summary>Moves to its new place.</summary>
    public void Settle(int first, int rows)
    {
        FirstRow = first;
        Rows = rows;
        _advanced = false;
    }
}
