namespace ImageToText.Captioning.Generation;

/// <summary>
/// The state of one request's search for its sequences: what the running batch must feed next, and what came out. It knows
/// nothing about the model: logits go in, tokens come out. Not thread-safe; the scheduler owns it.
/// </summary>
/// <remarks>
/// The first <see cref="Advance"/> gets one row, the logits after the prompt's last token. From then on it gets
/// <see cref="Rows"/> rows, in the order of <see cref="NextTokens"/>.
/// </remarks>
internal abstract class TokenSearch
{
    /// <summary>
    /// How many rows this search takes in the running batch once it has begun. The number never grows. It shrinks if a sampled
    /// sequence finishes before the others.
    /// </summary>
    public abstract int Rows { get; }

    /// <summary>Whether nothing more needs to be fed.</summary>
    public abstract bool IsFinished { get; }

    /// <summary>The next token to feed in each row; [<see cref="Rows"/>].</summary>
    public abstract ReadOnlySpan<int> NextTokens { get; }

    /// <summary>For each row, the row of the previous step whose keys and values it continues; [<see cref="Rows"/>].</summary>
    public abstract ReadOnlySpan<int> Parents { get; }

    /// <summary>
    /// The token that the last <see cref="Advance"/> settled, if the search has one row and never takes a token back (for
    /// streaming). Otherwise null, and also if the last step ended the caption.
    /// </summary>
    public virtual GeneratedToken? LatestToken => null;

    /// <summary>Takes the logits of the rows fed last and decides what to feed next.</summary>
    /// <param name="logits">[rows, vocabulary], row by row; may be overwritten.</param>
    /// <exception cref="InvalidOperationException">The logits are not finite numbers.</exception>
    public abstract void Advance(Span<float> logits);

    /// <summary>The finished sequences, best first.</summary>
    public abstract IReadOnlyList<GeneratedSequence> GetResults();
}

/// <summary>A token that a search has settled.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProbability">Its log-probability under the unprocessed logits.</param>
internal readonly record struct GeneratedToken(int Id, float LogProbability);

/// <summary>One finished sequence.</summary>
/// <param name="TokenIds">Generated ids, without the start ids and without the closing token.</param>
/// <param name="LogProbabilities">
/// Of each generated id under the unprocessed logits, and of the closing token if there is one.
/// </param>
/// <param name="Score">As <see cref="CaptionSequence.Score"/>.</param>
/// <param name="FinishReason">Why it ended.</param>
internal sealed record GeneratedSequence(int[] TokenIds, float[] LogProbabilities, double Score, FinishReason FinishReason);
