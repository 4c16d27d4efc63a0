namespace ImageToText.TestSupport;

/// <summary>How a fake node behaves; may be changed while it runs, for the requests that come from then on.</summary>
public sealed class FakeNodeBehaviour
{
    private int _received;
    private int _running;

    /// <summary>How long a caption takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>What it waits for before it answers; null: nothing.</summary>
    public Task? Holds { get; set; }

    /// <summary>The status it answers with; 200: a caption.</summary>
    public int Status { get; set; } = 200;

    /// <summary>The status of its answers to GET /health.</summary>
    public int HealthStatus { get; set; } = 200;

    /// <summary>The caption.</summary>
    public string Text { get; set; } = "a picture";

    /// <summary>Seconds that it names in Retry-After; null: none.</summary>
    public int? RetryAfter { get; set; }

    /// <summary>Seconds in which it expects its model: until then only who waits gets a caption; null: the model is there.</summary>
    public int? LoadsFor { get; set; }

    /// <summary>Whether it cuts a stream off after its first piece.</summary>
    public bool CutsStreams { get; set; }

    /// <summary>Whether it answers as a plain runner, without our extensions.</summary>
    public bool Plain { get; set; }

    /// <summary>The text fields of the last request, and the picture's length under "image".</summary>
    public IReadOnlyDictionary<string, string> LastForm { get; set; } = new Dictionary<string, string>();

    /// <summary>The Authorization header of the last request.</summary>
    public string? LastAuthorization { get; set; }

    /// <summary>Whether forms are read into <see cref="LastForm"/>, or only drained.</summary>
    public bool ReadsForms { get; set; } = true;

    /// <summary>Requests that came.</summary>
    public int Received => Volatile.Read(ref _received);

    /// <summary>Requests in hand.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Counts a request that came; gives what was told until then, whatever is told while it is in hand.</summary>
    internal FakeNodeBehaviour Began()
    {
        var told = (FakeNodeBehaviour)MemberwiseClone();
        Interlocked.Increment(ref _received);
        Interlocked.Increment(ref _running);
        return told;
    }

    internal void ProcessResult() => Interlocked.Decrement(ref _running);
}
