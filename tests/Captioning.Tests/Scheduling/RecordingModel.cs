using System.Buffers;
using System.Collections.Concurrent;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Scheduling;

namespace ImageToText.Captioning.Tests.Scheduling;

/// <summary>A model that computes nothing: it notes which pictures are encoded, and when. Its times pass on a clock of its own.</summary>
internal sealed class RecordingModel(int pictures = 8) : IBatchModel
{
    private readonly ManualResetEventSlim _held = new(true);
    private readonly StoppedClock _clock = new();
    private readonly ManualResetEventSlim _began = new(false);

    /// <summary>The clock.</summary>
    public TimeProvider Clock => _clock;

    /// <summary>The pictures in the order in which they were encoded, each with the number of steps before it.</summary>
    public ConcurrentQueue<(string Name, int Steps)> Encoded { get; } = new();

    /// <summary>The rows of each step.</summary>
    public ConcurrentQueue<int> StepRows { get; } = new();

    /// <summary>Their names.</summary>
    public IEnumerable<string> Names => Encoded.Select(static one => one.Name);

    public BatchCapacity Capacity => new(32, pictures);

    public int VocabularySize => 2;

    public int AtOnce => 1;

    /// <summary>Holds the first picture until it is told to go on.</summary>
    public void Hold() => _held.Reset();

    /// <summary>Returns when the first picture is being encoded.</summary>
    public void AwaitFirst(CancellationToken cancellationToken) => _began.Wait(cancellationToken);

    public void GoOn() => _held.Set();

    /// <summary>A request for a picture of this name that takes so many steps.</summary>
    public static CaptionJob Job(string name, bool yields, int steps = 1) =>
        new(ArrayPool<float>.Shared.Rent(16), 16)
        {
            Picture = name,
            Yields = yields,
            StartIds = [0],
            Search = new Steps(steps),
            CancellationToken = TestContext.Current.CancellationToken,
        };

    public bool Remembers(string? picture) => false;

    public bool Encode(EncoderPicture picture, int slot)
    {
        Encoded.Enqueue((picture.Name!, StepRows.Count));
        _clock.Pass(milliseconds: 100);
        _began.Set();
        _held.Wait(TestContext.Current.CancellationToken);
        return false;
    }

    public void Encode(IReadOnlyList<EncoderPicture> pictures, int firstSlot) => throw new NotSupportedException();

    public void ReadPrompt(ReadOnlySpan<int> ids, int row, int slot) { }

    public Span<float> Step(ReadOnlySpan<RowGroup> groups, ReadOnlySpan<int> tokens)
    {
        StepRows.Enqueue(tokens.Length);
        _clock.Pass(milliseconds: 10);
        return new float[tokens.Length * VocabularySize];
    }

    public void Rearrange(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths) { }

    public void RearrangePictures(ReadOnlySpan<int> sources) { }

    public void Dispose()
    {
        _held.Dispose();
        _began.Dispose();
    }

    private sealed class StoppedClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(int milliseconds) => Interlocked.Add(ref _ticks, milliseconds * TimeSpan.TicksPerMillisecond);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);
    }

    private sealed class Steps(int left) : TokenSearch
    {
        private int _left = left;

        public override int Rows => 1;

        public override bool IsFinished => _left == 0;

        public override ReadOnlySpan<int> NextTokens => Zero;

        public override ReadOnlySpan<int> Parents => Zero;

        private static ReadOnlySpan<int> Zero => [0];

        public override void Advance(Span<float> logits) => _left--;

        public override IReadOnlyList<GeneratedSequence> GetResults() => [new GeneratedSequence([], [], 0, FinishReason.Length)];
    }
}
