using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Architectures;

/// <summary>
/// Makes of the ids that a model writes, one at a time, what people read. What <see cref="Append"/> and at last <see cref="Finish"/>
/// returned is the text; nothing is ever taken back.
/// </summary>
internal abstract class AnswerText
{
    /// <summary>Takes the next id and returns the text to append.</summary>
    public abstract string Append(int id);

    /// <summary>Returns what was held back.</summary>
    public abstract string Finish();

    /// <summary>The parts of the picture that the answer speaks of, as far as it was read.</summary>
    /// <param name="picture">The picture.</param>
    public virtual IReadOnlyList<CaptionRegion> Regions(PictureInfo picture) => [];
}

/// <summary>An answer that is text and nothing else.</summary>
internal sealed class PlainAnswer(ITokenizer tokenizer) : AnswerText
{
    private readonly IncrementalText _text = tokenizer.StartText();

    /// <inheritdoc/>
    public override string Append(int id) => _text.Append(id);

    /// <inheritdoc/>
    public override string Finish() => _text.Finish();
}
