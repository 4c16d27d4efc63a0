using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ImageToText.Captioning;
using ImageToText.ImageHeaders;

namespace ImageToText.InferenceService.Tests.Node;

/// <summary>A captioner that returns what the test wants, when the test wants it, and records what the node does with it.</summary>
internal sealed class ScriptedCaptioner(string id, long memoryBytes = 1_000_000) : ICaptioner
{
    private int _running;

    public IReadOnlyList<string> Pieces { get; set; } = ["a cat", " on a mat"];

    /// <summary>Awaited before each piece and, with the number of pieces, before the end.</summary>
    public Func<int, CancellationToken, Task> BeforePiece { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Thrown at the start, instead of a caption.</summary>
    public Exception? Refusal { get; set; }

    public PictureInfo Image { get; set; } = new(512, 384, ImageFormat.Png);

    public ConcurrentQueue<CaptionOptions?> Asked { get; } = new();

    public ConcurrentQueue<int> ImageBytes { get; } = new();

    public bool Disposed { get; private set; }

    public bool DisposedWhileRunning { get; private set; }

    public LoadedModel Model { get; } =
        new()
        {
            Id = id,
            Revision = "revision-of-" + id,
            Architecture = "blip",
            Precision = Precision.F32,
            Provider = "CPU",
            ImageSize = 384,
            Parameters = 1234,
            WeightBytes = memoryBytes,
            MemoryBytes = memoryBytes,
        };

    public CaptionerLoad Load { get; set; } = new(Waiting: 3, Running: 2, Rows: 5, QueueCapacity: 64);

    public async Task<Caption> CaptionAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        await foreach (var update in StreamAsync(image, options, cancellationToken))
        {
            if (update.Caption is { } caption)
            {
                return caption;
            }
        }

        throw new InvalidOperationException("No caption.");
    }

    public async IAsyncEnumerable<CaptionUpdate> StreamAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        ObjectDisposedException.ThrowIf(Disposed, this);
        Interlocked.Increment(ref _running);
        try
        {
            Asked.Enqueue(options);
            ImageBytes.Enqueue(image.Length);
            if (Refusal is not null)
            {
                throw Refusal;
            }

            for (int i = 0; i < Pieces.Count; i++)
            {
                await BeforePiece(i, cancellationToken);
                yield return new CaptionUpdate
                {
                    Text = Pieces[i],
                    TokenId = 100 + i,
                    LogProbability = -0.5f,
                };
            }
            await BeforePiece(Pieces.Count, cancellationToken);
            yield return new CaptionUpdate { Text = "", Caption = Whole() };
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    public Task<IReadOnlyList<float>> FirstLogitsAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public ValueTask DisposeAsync()
    {
        DisposedWhileRunning |= Volatile.Read(ref _running) > 0;
        Disposed = true;
        return ValueTask.CompletedTask;
    }

    private Caption Whole() =>
        new()
        {
            Text = string.Concat(Pieces),
            ModelId = Model.Id,
            Sequences =
            [
                new CaptionSequence
                {
                    Text = string.Concat(Pieces),
                    TokenIds = [100, 101],
                    LogProbabilities = [-0.5f, -0.25f, -0.125f],
                    Score = -0.75,
                    FinishReason = FinishReason.Stop,
                },
            ],
            Confidence = 0.5,
            Image = Image,
            Timings = new CaptionTimings
            {
                FirstToken = TimeSpan.FromMilliseconds(7),
                Queue = TimeSpan.FromMilliseconds(1.5),
                Decode = TimeSpan.FromMilliseconds(2),
                Preprocess = TimeSpan.FromMilliseconds(3),
                Encode = TimeSpan.FromMilliseconds(4),
                Generate = TimeSpan.FromMilliseconds(5.25),
            },
        };
}
