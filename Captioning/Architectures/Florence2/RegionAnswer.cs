using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Architectures.Florence2;

/// <summary>
/// An answer of labels and places. Its text has one line per region, with the label. A region counts once all its places are
/// there, so a region that the maximum length cuts off is left out.
/// </summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="shape">How regions are written.</param>
internal sealed class RegionAnswer(ITokenizer tokenizer, RegionShape shape) : AnswerText
{
    private const int LeastOutline = 6;

    private readonly int _firstPlace = tokenizer.TryGetId(PlaceTokens.Name(0), out int id)
        ? id
        : throw new ModelFormatException($"The vocabulary lacks {PlaceTokens.Name(0)}.");

    private readonly List<(string Label, int[] Places, bool IsBox)> _found = [];
    private readonly List<int> _places = [];
    private IncrementalText _text = tokenizer.StartText();
    private string _label = "";
    private bool _labelled;
    private bool _drawsOutline = shape is RegionShape.Outline;

    /// <inheritdoc/>
    public override string Append(int id)
    {
        if (id - _firstPlace is >= 0 and < PlaceTokens.Count and var place)
        {
            EndLabel();
            _places.Add(place);
            return !_drawsOutline && _places.Count == (shape is RegionShape.Box ? 4 : 8) ? EndRegion() : "";
        }

        // Anything else, a word or a separator, ends an outline.
        string line = _drawsOutline ? EndRegion() : "";
        _places.Clear();
        if (Is(id, "<poly>") || Is(id, "</poly>"))
        {
            // Objects found by their name come in boxes, or drawn.
            _drawsOutline = shape is RegionShape.Outline || Is(id, "<poly>");
            return line;
        }

        if (Is(id, "<sep>"))
        {
            return line;
        }

        if (_labelled)
        {
            (_labelled, _label, _text) = (false, "", tokenizer.StartText());
        }

        _label += _text.Append(id);
        return line;
    }

    /// <inheritdoc/>
    public override string Finish() => _drawsOutline ? EndRegion() : "";

    /// <inheritdoc/>
    public override IReadOnlyList<CaptionRegion> Regions(PictureInfo picture) =>
        [.. _found.Select(found => Region(found.Label, found.Places, found.IsBox, picture))];

    private bool Is(int id, string token) => tokenizer.TryGetId(token, out int other) && other == id;

    private void EndLabel()
    {
        if (!_labelled)
        {
            _label = (_label + _text.Finish()).Trim();
            _labelled = true;
        }
    }

    private string EndRegion()
    {
        int count = _places.Count & ~1;
        if (count < (_drawsOutline ? LeastOutline : 1))
        {
            _places.Clear();
            return "";
        }

        _found.Add((_label, [.. _places[..count]], !_drawsOutline && shape is RegionShape.Box));
        _places.Clear();
        string line = _label.Length > 0 ? _label : $"region {_found.Count}";
        return _found.Count == 1 ? line : $"\n{line}";
    }

    private static CaptionRegion Region(string label, int[] places, bool isBox, PictureInfo picture)
    {
        var points = places
            .Chunk(2)
            .Select(pair => new RegionPoint(Pixels(pair[0], picture.Width), Pixels(pair[1], picture.Height)))
            .ToArray();
        return new CaptionRegion
        {
            Label = label,
            Left = points.Min(static point => point.X),
            Top = points.Min(static point => point.Y),
            Right = points.Max(static point => point.X),
            Bottom = points.Max(static point => point.Y),
            Outline = isBox ? [] : points,
        };
    }

    // The middle of a thousandth.
    private static double Pixels(int place, int size) => (place + 0.5) * size / PlaceTokens.Count;
}
