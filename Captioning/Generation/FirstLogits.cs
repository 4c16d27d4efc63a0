namespace ImageToText.Captioning.Generation;

/// <summary>Ends before the first token, and keeps the logits from which it would have been chosen.</summary>
internal sealed class FirstLogits : TokenSearch
{
    /// <summary>The logits, unprocessed; [vocabulary]. Empty until the first step.</summary>
    public float[] Values { get; private set; } = [];

    /// <inheritdoc/>
    public override int Rows => 1;

    /// <inheritdoc/>
    public override bool IsFinished => Values.Length > 0;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> NextTokens => [];

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Parents => [];

    /// <inheritdoc/>
    public override void Advance(Span<float> logits) => Values = logits.ToArray();

    /// <inheritdoc/>
    public override IReadOnlyList<GeneratedSequence> GetResults() => [new GeneratedSequence([], [], 0, FinishReason.Length)];
}
