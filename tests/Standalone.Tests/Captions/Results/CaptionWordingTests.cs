using ImageToText.Standalone.Captions.Results;

namespace ImageToText.Standalone.Tests.Captions.Results;

public sealed class CaptionWordingTests
{
    [Theory]
    [InlineData("a picture of a dog on a bed", "a dog on a bed")]
    [InlineData("An Image of two cats", "two cats")]
    [InlineData("there is a man riding a horse", "a man riding a horse")]
    [InlineData("there are two dogs", "two dogs")]
    [InlineData("this is a photo of the sea", "the sea")]
    [InlineData("a close up of a flower", "a flower")]
    [InlineData("a close-up view of a flower", "a flower")]
    [InlineData("a picture of", "a picture of")]
    [InlineData("a view from the hill", "a view from the hill")]
    [InlineData("an imaginary dog", "an imaginary dog")]
    [InlineData("thereafter", "thereafter")]
    public void Stock_phrases_are_removed(string caption, string worded) =>
        Assert.Equal(worded, new CaptionWording { StockPhrases = StockPhrases.Strip }.Apply(caption));

    [Theory]
    [InlineData("a dog", "A dog.")]
    [InlineData("a dog.", "A dog.")]
    [InlineData("is it a dog?", "Is it a dog?")]
    [InlineData("\"stop\" on a sign", "\"Stop\" on a sign.")]
    [InlineData("élan", "Élan.")]
    [InlineData("2 dogs,", "2 dogs.")]
    [InlineData("", "")]
    public void A_sentence_gets_a_capital_letter_and_a_full_stop(string caption, string worded) =>
        Assert.Equal(worded, new CaptionWording { Sentence = true }.Apply(caption));

    [Fact]
    public void Prefix_and_suffix_are_used_as_typed_and_line_breaks_become_spaces()
    {
        var wording = new CaptionWording { Prefix = "photo of sks, ", Suffix = ", 35 mm" };
        Assert.Equal("photo of sks, a dog and a cat, 35 mm", wording.Apply(" a dog\r\n and a cat\n"));
    }

    [Fact]
    public void Without_options_the_caption_is_unchanged() =>
        Assert.Equal("a picture of a dog", new CaptionWording().Apply("a picture of a dog"));
}
