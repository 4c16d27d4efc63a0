using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Execution;

/// <summary>A model whose text decoder attends to the picture's tokens in every layer.</summary>
/// <param name="Vision">Its vision half.</param>
/// <param name="Decoder">Its text half.</param>
internal sealed record CrossAttendingPlan(IVisionEncoder Vision, CrossDecoder Decoder) : ExecutionPlan
{
    /// <summary>
    /// What reads a prompt together with the picture's tokens before the decoder does; null: the decoder reads it as the
    /// beginning of the text.
    /// </summary>
    public PromptReader? Reader { get; init; }

    /// <summary>What the decoder attends to.</summary>
    public AttendedTokens Attended =>
        Reader is null ? new AttendedTokens(Vision.Tokens, Varies: false) : new AttendedTokens(Reader.MaxPositions, Varies: true);

    /// <inheritdoc/>
    public override int ImageHeight => Vision.ImageHeight;

    /// <inheritdoc/>
    public override int ImageWidth => Vision.ImageWidth;

    /// <inheritdoc/>
    public override int VocabularySize => Decoder.VocabularySize;

    /// <inheritdoc/>
    public override int MaxPositions => Decoder.MaxPositions;

    /// <inheritdoc/>
    public override long NumbersPerPicture => 2L * Decoder.Layers * Decoder.HiddenSize * Attended.Count;

    /// <inheritdoc/>
    public override async Task<IBatchModel> LoadAsync(
        Checkpoint weights,
        ComputeDevice device,
        ExecutionOptions options,
        CancellationToken cancellationToken
    )
    {
        var encoder = Task.Run(() => new PictureEncoder(this, weights, device, options), cancellationToken);
        var decoder = Task.Run(() => new TextDecoder(this, weights, device, options), cancellationToken);
        try
        {
            await Task.WhenAll(encoder, decoder).ConfigureAwait(false);
            return new CrossAttendingModel(await encoder.ConfigureAwait(false), await decoder.ConfigureAwait(false));
        }
        catch
        {
            if (encoder.IsCompletedSuccessfully)
            {
                (await encoder.ConfigureAwait(false)).Dispose();
            }

            if (decoder.IsCompletedSuccessfully)
            {
                (await decoder.ConfigureAwait(false)).Dispose();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, TensorUse> ListUses()
    {
        var sketch = GraphBuilder.Sketch();
        PictureGraph.Describe(Vision, sketch);
        if (Reader is null)
        {
            CrossAttentionGraph.Describe(Decoder, Vision.Tokens, sketch);
        }
        else
        {
            PromptReaderGraph.Describe(Reader, Decoder, Vision.Tokens, sketch);
        }

        TextDecoderGraph.Describe(Decoder, Attended, sketch);
        return sketch.Uses;
    }
}
