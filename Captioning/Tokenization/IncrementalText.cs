namespace ImageToText.Captioning.Tokenization;

/// <summary>
/// Turns ids into text one at a time. What <see cref="Append"/> and at last <see cref="Finish"/> returned, put
/// together, is what <see cref="ITokenizer.Decode"/> gives for all ids. Nothing is ever taken back, and no character is
/// given out in parts: what may still change, or is not complete, is held back.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="form">What is shown of the text.</param>
internal sealed class IncrementalText(CaptionTokenizer tokenizer, TextForm form = TextForm.Caption)
{
    private readonly IPieceJoiner _joiner = tokenizer.Scheme.StartJoining();
    private readonly SpaceCleanUp? _cleanUp = tokenizer.CleanUpSpaces ? new SpaceCleanUp() : null;
    private readonly OuterSpaceTrim? _trim = form == TextForm.Caption ? new OuterSpaceTrim() : null;

    /// <summary>Takes the next id and returns the text to append; empty for a control token.</summary>
    public string Append(int id)
    {
        if (tokenizer.GetPiece(id, form) is not { } piece)
        {
            return "";
        }

        string text = _joiner.Add(piece);
        text = _cleanUp is null ? text : _cleanUp.Append(text);
        return _trim is null ? text : _trim.Append(text);
    }

    /// <summary>Returns what was held back; empty where nothing was.</summary>
    public string Finish()
    {
        string rest = _joiner.End();
        rest = _cleanUp is null ? rest : _cleanUp.Append(rest) + _cleanUp.Finish();
        return _trim is null ? rest : _trim.Append(rest);
    }
}
