using ImageToText.Standalone.Comparisons;

namespace ImageToText.Standalone.Tests.Comparisons;

/// <summary>BLEU-4 and CIDEr-D against values worked out by hand, as the comments show.</summary>
public sealed class ScoreTests
{
    private const double Tolerance = 1e-6;

    // The weight of a word run that one of two pictures has. It cancels out unless a caption has other runs.
    private static readonly double LengthPenaltyOfOneWord = Math.Exp(-1.0 / 72);

    [Theory]
    // 6/7 words, 5/6 pairs, 4/5 triples, 3/4 quadruples, so (3/7)^(1/4).
    [InlineData("the cat sat on the mat today", "the cat sat on the mat", 0.809107)]
    // Everything matches, but there are 4 words instead of 6: exp(1 - 6/4).
    [InlineData("the cat sat on", "the cat sat on the mat", 0.606531)]
    // The third "the" is one too many. 6/7, 5/6, 3/5, 2/4, so (3/14)^(1/4).
    [InlineData("the cat sat on the the mat", "the cat sat on the mat", 0.680375)]
    // No quadruple matches.
    [InlineData("the cat sat in the mat", "the cat sat on the mat", 0)]
    [InlineData("", "the cat", 0)]
    public void Bleu_of_one_caption(string caption, string reference, double expected) =>
        Assert.Equal(expected, BleuScore.Of([Scored(caption, reference)])!.Value, Tolerance);

    [Fact]
    public void Bleu_sums_its_counts_over_all_captions()
    {
        // 7 + 4 words against 6 + 6. The added counts give 10/11, 8/9, 6/7, 4/5, and the length exp(1 - 12/11).
        double expected = Math.Exp(1 - (12.0 / 11)) * Math.Pow(10.0 / 11 * 8 / 9 * 6 / 7 * 4 / 5, 0.25);
        double? score = BleuScore.Of([
            Scored("the cat sat on the mat today", "the cat sat on the mat"),
            Scored("the cat sat on", "the cat sat on the mat"),
        ]);
        Assert.Equal(expected, score!.Value, Tolerance);
    }

    [Fact]
    public void Bleu_uses_the_best_count_and_the_nearest_length_of_several_references()
    {
        // Six words are as near to five as to seven. The shorter reference counts, so there is no penalty. "on" and "in" both match:
        // 6/6 words, and all of the pairs: the cat, cat sat, sat on, on the, the mat.
        double? score = BleuScore.Of([Scored("the cat sat on the mat", "cat sat on the mat", "the cat sat in the big mat")]);
        Assert.Equal(Math.Pow(1.0 * 5 / 5 * 4 / 4 * 2 / 3, 0.25), score!.Value, Tolerance);
    }

    [Fact]
    public void Cider_of_captions_that_equal_the_references_is_ten()
    {
        double? score = CiderScore.Of([
            Scored("black cat on chair", "black cat on chair"),
            Scored("white dog in snow", "white dog in snow"),
        ]);
        Assert.Equal(10, score!.Value, Tolerance);
    }

    [Fact]
    public void Cider_counts_only_words_that_distinguish_pictures()
    {
        // Both pictures have "a", so it has no weight. The first caption gets the word and the pair right (1 + 1 + 0 + 0 of 4), the second
        // gets neither.
        double? score = CiderScore.Of([Scored("a cat", "a cat"), Scored("a cat", "a dog")]);
        Assert.Equal(10 * (2.0 / 4) / 2, score!.Value, Tolerance);
    }

    [Fact]
    public void Cider_clips_repetition_and_penalizes_a_different_length()
    {
        // "a cat cat" against "a cat". Words: 2 cats are clipped to 1, 1 / (2 * 1). Pairs: one of two, 1 / sqrt(2). One word too many:
        // exp(-1 / (2 * 6 * 6)). The second caption is right: 2 of 4.
        double first = (0.5 + (1 / Math.Sqrt(2))) * LengthPenaltyOfOneWord / 4;
        double? score = CiderScore.Of([Scored("a cat cat", "a cat"), Scored("a dog", "a dog")]);
        Assert.Equal(10 * (first + 0.5) / 2, score!.Value, Tolerance);
        Assert.Equal(3.988072, score.Value, Tolerance);
    }

    [Fact]
    public void Cider_is_the_mean_over_a_pictures_references()
    {
        // The first picture's caption matches one of its two references (2 of 4) and shares nothing with the other.
        double? score = CiderScore.Of([Scored("a cat", "a cat", "one kitten"), Scored("a dog", "a dog")]);
        Assert.Equal(10 * ((0.5 / 2) + 0.5) / 2, score!.Value, Tolerance);
    }

    [Fact]
    public void Without_references_there_is_no_score()
    {
        Assert.Null(BleuScore.Of([]));
        Assert.Null(CiderScore.Of([Scored("a cat", "a cat")]));
    }

    [Theory]
    [InlineData("A man's T-shirt, 2 dogs.", "a|man's|t-shirt|2|dogs")]
    [InlineData("Über den Wolken -- grün", "über|den|wolken|grün")]
    [InlineData("犬がボールを", "犬|が|ボ|ー|ル|を")]
    [InlineData("...", "")]
    public void Captions_are_compared_by_their_words(string caption, string words) =>
        Assert.Equal(words.Split('|', StringSplitOptions.RemoveEmptyEntries), CaptionWords.Of(caption));

    private static ScoredCaption Scored(string caption, params string[] references) =>
        new(CaptionWords.Of(caption), [.. references.Select(CaptionWords.Of)]);
}
