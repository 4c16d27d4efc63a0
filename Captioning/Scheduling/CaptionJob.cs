using System.Buffers;
using System.Threading.Channels;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;

namespace ImageToText.Captioning.Scheduling;

/// <summary>One request on its way through the scheduler: a picture's pixels, where the caption starts, and its search.</summary>
internal sealed class CaptionJob : IDisposable
{
    private readonly TaskCompletionSource<CaptionOutcome> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private float[]? _pixels;

    /// <summary>Takes ownership of pixels rented from the shared pool.</summary>
    public CaptionJob(float[] pixels, int pixelCount)
    {
        _pixels = pixels;
        PixelCount = pixelCount;
    }

    /// <summary>The ids of the text that contains the picture, up to the picture's end; empty: none.</summary>
    public ReadOnlyMemory<int> PrefixIds { get; init; }

    /// <summary>The number of views of the picture.</summary>
    public int Views { get; init; } = 1;

    /// <summary>What it keeps while it runs.</summary>
    public RequestMemory Memory
    {
        get => field with { Picture = Picture };
        init;
    }

    /// <summary>What is read after the picture: the start id, and the prompt if the caption continues it.</summary>
    public required int[] StartIds { get; init; }

    /// <summary>The prompt's ids, if a text encoder reads them together with the picture.</summary>
    public int[] EncoderIds { get; init; } = [];

    /// <summary>The search for its sequences.</summary>
    public required TokenSearch Search { get; init; }

    /// <summary>Whether requests that don't yield go first.</summary>
    public bool Yields { get; init; }

    /// <summary>Releases the slot at the next token.</summary>
    public required CancellationToken CancellationToken { get; init; }

    /// <summary>Receives tokens as they are generated; null: nobody waits for them.</summary>
    public ChannelWriter<GeneratedToken>? Tokens { get; init; }

    /// <summary>A name that no other picture's pixels have; null: don't cache the picture's encoding.</summary>
    public string? Picture { get; init; }

    /// <summary>Normalized pixels, [views, 3, height, width].</summary>
    public ReadOnlyMemory<float> Pixels => _pixels.AsMemory(0, PixelCount);

    /// <summary>What the model encodes.</summary>
    public EncoderPicture Input =>
        new(Pixels, Picture, EncoderIds)
        {
            PrefixIds = PrefixIds,
            Views = Views,
            Memory = Memory,
        };

    /// <summary>The outcome.</summary>
    public Task<CaptionOutcome> Completion => _completion.Task;

    /// <summary>When it joined the running batch, and how long its encoding took.</summary>
    public JobTimes Times { get; set; }

    private int PixelCount { get; }

    /// <summary>Returns the pixels once they are encoded.</summary>
    public void ReleasePixels()
    {
        if (_pixels is { } pixels)
        {
            _pixels = null;
            ArrayPool<float>.Shared.Return(pixels);
        }
    }

    /// <summary>Ends it with its sequences.</summary>
    public void Complete(CaptionOutcome outcome)
    {
        Tokens?.TryComplete();
        _completion.TrySetResult(outcome);
    }

    /// <summary>Ends it without any.</summary>
    public void Fail(Exception exception)
    {
        Tokens?.TryComplete();
        ReleasePixels();
        if (exception is OperationCanceledException)
        {
            _completion.TrySetCanceled(CancellationToken);
        }
        else
        {
            _completion.TrySetException(exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ReleasePixels();
}

/// <summary>Timestamps of the scheduler's clock.</summary>
/// <param name="Joined">When the request left the queue.</param>
/// <param name="Encoded">When its picture was encoded and its generation began.</param>
/// <param name="Remembered">Whether the picture's encoding was still cached.</param>
/// <param name="FirstToken">When its first step with tokens ended; 0: not yet.</param>
internal readonly record struct JobTimes(long Joined, long Encoded, bool Remembered, long FirstToken = 0);

/// <summary>The scheduler's result.</summary>
/// <param name="Sequences">Best first.</param>
/// <param name="Times">When it joined and was encoded.</param>
/// <param name="Finished">Timestamp of its end.</param>
internal sealed record CaptionOutcome(IReadOnlyList<GeneratedSequence> Sequences, JobTimes Times, long Finished);
