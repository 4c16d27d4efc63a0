using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Execution;

/// <summary>A language model that reads the picture as the beginning of its text.</summary>
/// <param name="Vision">Its vision half, which sees one view at a time.</param>
/// <param name="Decoder">The language model.</param>
internal sealed record PrefixPlan(IVisionEncoder Vision, PrefixDecoder Decoder) : ExecutionPlan
{
    /// <summary>The id for each of the picture's tokens; null: the prefix is just the picture.</summary>
    public int? PictureId { get; init; }

    /// <summary>The most views of a picture.</summary>
    public int MaxViews { get; init; } = 1;

    /// <summary>The most words of the prefix for each view.</summary>
    public int WordsPerView { get; init; }

    /// <summary>The most words of the prefix before the first view.</summary>
    public int WordsBefore { get; init; }

    /// <inheritdoc/>
    public override int ImageHeight => Vision.ImageHeight;

    /// <inheritdoc/>
    public override int ImageWidth => Vision.ImageWidth;

    /// <inheritdoc/>
    public override int MaxPrefix => (MaxViews * (Vision.Tokens + WordsPerView)) + WordsBefore;

    /// <inheritdoc/>
    public override int VocabularySize => Decoder.VocabularySize;

    /// <inheritdoc/>
    public override int MaxPositions => Decoder.MaxPositions;

    /// <inheritdoc/>
    public override long NumbersPerPicture => Decoder.NumbersPerPosition * PrefixStepGraph.Padded(MaxPrefix);

    /// <inheritdoc/>
    public override PrefixPlan WithViews(int most) => this with { MaxViews = most };

    /// <inheritdoc/>
    public override long StateBytes(ExecutionOptions options) => options.KeyValueBytes;

    /// <inheritdoc/>
    public override async Task<IBatchModel> LoadAsync(
        Checkpoint weights,
        ComputeDevice device,
        ExecutionOptions options,
        CancellationToken cancellationToken
    )
    {
        var parts = new List<IDisposable>();
        try
        {
            // One after the other: loading a session temporarily takes more memory than it keeps.
            var encoder = await Task.Run(() => Keep(new ViewEncoder(this, weights, device, options)), cancellationToken)
                .ConfigureAwait(false);
            // Both halves of the language model have the same weights.
            var shared = device.IsCuda ? null : Keep(new SharedWeights(weights.RootFolder));
            var reader = await Task.Run(() => Keep(new PrefixReader(Decoder, weights, shared, device, options)), cancellationToken)
                .ConfigureAwait(false);
            var steps = await Task.Run(() => Keep(new PrefixSteps(this, weights, shared, device, options)), cancellationToken)
                .ConfigureAwait(false);
            shared?.GiveBackPages();
            return new PrefixModel(this, encoder, reader, steps, shared);
        }
        catch
        {
            // Sessions before the weights that they use.
            parts.Reverse();
            parts.ForEach(static part => part.Dispose());
            throw;
        }

        T Keep<T>(T part)
            where T : IDisposable
        {
            parts.Add(part);
            return part;
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, TensorUse> ListUses()
    {
        var sketch = GraphBuilder.Sketch();
        PictureGraph.Describe(Vision, sketch);
        PrefixGraph.Describe(Decoder, sketch);
        PrefixStepGraph.Describe(Decoder, sketch);
        return sketch.Uses;
    }
}
