namespace ImageToText.Captioning.Tokenization;

/// <summary>
/// Turns ids into text one at a time. The results of <see cref="Append"/> and finally <see cref="Finish"/>, put together, equal
/// <see cref="ITokenizer.Decode"/> for all ids. Nothing is ever taken back, and no character is returned in parts: whatever may
/// still change or is incomplete is held back.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="form">Which parts of the text to show.</param>
internal sealed class IncrementalText(CaptionTokenizer tokenizer, TextForm form = TextForm.Caption)
{
    private readonly IPieceJoiner _joiner = tokenizer.Scheme.StartJoining();
    private readonly SpaceCleanUp? _cleanUp = tokenizer.CleanUpSpaces ? new SpaceCleanUp() : null;
    private readonly OuterSpaceTrim? _trim = form == TextForm.Caption ? new OuterSpaceTrim() : null;

    /// <summary>Makes the next id continue a text that did not come from ids.</summary>
    public void Begin()
    {
        _joiner.Begin();
        _trim?.Begin();
    }

    /// <summary>Adds the next id and returns the text to append; empty for a control token.</summary>
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

    /// <summary>Returns what was held back; empty if nothing was.</summary>
    public string Finish()
    {
        string rest = _joiner.End();
        rest = _cleanUp is null ? rest : _cleanUp.Append(rest) + _cleanUp.Finish();
        return _trim is null ? rest : _trim.Append(rest);
    }
}
