using ImageToText.Captioning;
using ImageToText.Standalone.Models;

namespace ImageToText.Standalone.Comparisons;

/// <summary>The result of a comparison: everything that its page shows.</summary>
/// <param name="Pictures">In the order in which they were found.</param>
/// <param name="Models">In the order in which they were named.</param>
internal sealed record Comparison(IReadOnlyList<ComparedPicture> Pictures, IReadOnlyList<ComparedModel> Models)
{
    /// <summary>Pictures that could not be captioned.</summary>
    public int Unreadable => Pictures.Count(static picture => picture.Error is not null);
}

/// <summary>A picture that models caption.</summary>
/// <param name="path">Its file.</param>
internal sealed class ComparedPicture(string path)
{
    public string Path { get; } = path;

    /// <summary>What people wrote about it.</summary>
    public IReadOnlyList<string> References { get; set; } = [];

    /// <summary>Its size; null: it has not been decoded.</summary>
    public PictureInfo? Info { get; set; }

    /// <summary>Why it can't be captioned, with the file's name; null: it can.</summary>
    public string? Error { get; set; }
}

/// <summary>A model, with its captions of the pictures.</summary>
internal sealed record ComparedModel
{
    /// <summary>Where it is.</summary>
    public required LocatedModel Located { get; init; }

    /// <summary>The loaded model.</summary>
    public required LoadedModel Loaded { get; init; }

    /// <summary>How long it took to load.</summary>
    public required TimeSpan LoadTime { get; init; }

    /// <summary>The price that it is charged by.</summary>
    public required ModelPrice Price { get; init; }

    /// <summary>Its captions by picture; pictures that could not be captioned have none.</summary>
    public required IReadOnlyDictionary<ComparedPicture, ComparedCaption> Captions { get; init; }

    /// <summary>What all captions cost together, in USD.</summary>
    public decimal Cost => Captions.Values.Sum(static caption => caption.Cost);

    /// <summary>The median time of a caption; null: there are none.</summary>
    public TimeSpan? MedianTime
    {
        get
        {
            var times = Captions.Values.Select(static caption => caption.Time).Order().ToArray();
            return times.Length == 0 ? null : (times[(times.Length - 1) / 2] + times[times.Length / 2]) / 2;
        }
    }

    /// <summary>BLEU-4, 0 to 1; null: no picture has references.</summary>
    public double? Bleu => BleuScore.Of(Scored);

    /// <summary>CIDEr-D, 0 to 10; null: fewer than two pictures have references.</summary>
    public double? Cider => CiderScore.Of(Scored);

    private List<ScoredCaption> Scored =>
        [
            .. from caption in Captions
            where caption.Key.References.Count > 0
            select new ScoredCaption(CaptionWords.Of(caption.Value.Text), [.. caption.Key.References.Select(CaptionWords.Of)]),
        ];
}

/// <summary>One model's caption of one picture.</summary>
/// <param name="Text">The caption.</param>
/// <param name="Time">How long it took, with no other caption under way.</param>
/// <param name="Cost">What it costs, in USD.</param>
internal sealed record ComparedCaption(string Text, TimeSpan Time, decimal Cost);
