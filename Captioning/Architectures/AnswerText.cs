using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Architectures;

/// <summary>
/// Turns the ids that a model writes, one at a time, into text for people. Whatever <see cref="Append"/> and finally
/// <see cref="Finish"/> return is the text; nothing is ever taken back.
/// </summary>
internal abstract class AnswerText
{
    /// <summary>Makes the next id continue the caller's text as it was typed.</summary>
    public virtual void Begin() { }

    /// <summary>Takes the next id and returns the text to append.</summary>
    public abstract string Append(int id);

    /// <summary>Returns what was held back.</summary>
    public abstract string Finish();

    /// <summary>The parts of the picture that the answer mentions, as far as it was read.</summary>
    /// <param name="picture">The picture.</param>
    public virtual IReadOnlyList<CaptionRegion> Regions(PictureInfo picture) => [];
}

/// <summary>An answer that is text and nothing else.</summary>
internal sealed class PlainAnswer(ITokenizer tokenizer) : AnswerText
{
    private readonly IncrementalText _text = tokenizer.StartText();

    /// <inheritdoc/>
    public override void Begin() => _text.Begin();

    /// <inheritdoc/>
    public override string Append(int id) => _text.Append(id);

    /// <inheritdoc/>
    public override string Finish() => _text.Finish();
}
