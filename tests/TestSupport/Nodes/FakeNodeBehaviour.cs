using System.Collections.Concurrent;
using ImageToText.Contracts;

namespace ImageToText.TestSupport;

/// <summary>How a fake node behaves. Changes while it runs affect later requests.</summary>
public sealed class FakeNodeBehaviour
{
    private int _received;
    private int _running;

    /// <summary>How long a caption takes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>What it waits for before it answers, or null for nothing.</summary>
    public Task? Holds { get; set; }

    /// <summary>The status of its answers. 200 means a caption.</summary>
    public int Status { get; set; } = 200;

    /// <summary>
    /// The status of its answer to a picture, by the picture's length in bytes; 0 breaks the connection. Null: <see cref="Status"/>.
    /// </summary>
    public Func<long, int>? StatusOf { get; set; }

    /// <summary>Whether it has no place (429) for requests that let others go first.</summary>
    public bool RefusesItems { get; set; }

    /// <summary>The field that it refuses with 422; null: none.</summary>
    public NodeFieldError? Refuses { get; set; }

    /// <summary>What it refuses with another status; null: nothing.</summary>
    public (int Status, NodeErrorDetail Detail)? RefusesPlainly { get; set; }

    /// <summary>Whether it refuses a stream only after its first piece.</summary>
    public bool RefusesInStreams { get; set; }

    /// <summary>The status of its answers to GET /health.</summary>
    public int HealthStatus { get; set; } = 200;

    /// <summary>The caption.</summary>
    public string Text { get; set; } = "a picture";

    /// <summary>Seconds in its Retry-After, or null for none.</summary>
    public int? RetryAfter { get; set; }

    /// <summary>Seconds until its model is expected, or null if it is ready. Until then, only waiting requests get captions.</summary>
    public int? LoadsFor { get; set; }

    /// <summary>Whether it cuts off a stream after the first piece.</summary>
    public bool CutsStreams { get; set; }

    /// <summary>After how many pieces a stream falls silent until the caller leaves, or null for never.</summary>
    public int? StallsAfter { get; set; }

    /// <summary>Whether it answers like a plain runner, without our extensions.</summary>
    public bool Plain { get; set; }

    /// <summary>The text fields of the last request, and the picture's length under "image".</summary>
    public IReadOnlyDictionary<string, string> LastForm { get; set; } = new Dictionary<string, string>();

    /// <summary>The Authorization header of the last request.</summary>
    public string? LastAuthorization { get; set; }

    /// <summary>Whether the last request let others go first.</summary>
    public bool LastYielded { get; set; }

    /// <summary>Whether it reads forms into <see cref="LastForm"/> or only drains them.</summary>
    public bool ReadsForms { get; set; } = true;

    /// <summary>What it says of its models.</summary>
    public IReadOnlyList<ServedModel> Models { get; set; } = [];

    /// <summary>The calls that load and unload its models, such as <c>org/name/load</c>.</summary>
    public ConcurrentQueue<string> ModelCalls { get; } = new();

    /// <summary>Number of requests received.</summary>
    public int Received => Volatile.Read(ref _received);

    /// <summary>Number of requests in progress.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Behaves like a new one from now on, and forgets what it received.</summary>
    public void Reset()
    {
        var fresh = new FakeNodeBehaviour();
        foreach (var property in typeof(FakeNodeBehaviour).GetProperties().Where(static property => property.CanWrite))
        {
            property.SetValue(this, property.GetValue(fresh));
        }

        ModelCalls.Clear();
        Interlocked.Exchange(ref _received, 0);
    }

    /// <summary>Counts a new request and returns the behaviour set so far, unaffected by later changes.</summary>
    internal FakeNodeBehaviour Began()
    {
        var told = (FakeNodeBehaviour)MemberwiseClone();
        Interlocked.Increment(ref _received);
        Interlocked.Increment(ref _running);
        return told;
    }

    internal void Ended() => Interlocked.Decrement(ref _running);
}
