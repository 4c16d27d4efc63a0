using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Architectures.Florence2;
using ImageToText.Captioning.Tests.Parity;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Tests.Architectures.Florence2;

/// <summary>What becomes of a caller's words: tasks, their input, and any other text.</summary>
public sealed class Florence2PromptTests
{
    private const int PictureTokens = 37;
    private const int Places = 128;

    private static readonly ITokenizer Native = PlaceTokens.Load(TestFiles.Family("florence2"));
    private static readonly ITokenizer Microsofts = PlaceTokens.Load(TestFiles.Family("florence2-remote"));

    public static TheoryData<string> Layouts => ["florence2", "florence2-remote"];

    [Theory]
    [MemberData(nameof(Layouts))]
    public void The_text_encoder_reads_the_references_ids(string layout)
    {
        var tokenizer = PlaceTokens.Load(TestFiles.Family(layout));
        var cases = ReferenceCaptions.Read(Path.Combine(TestFiles.Family(layout), "expected.json")).Cases;
        Assert.All(cases, expected => Assert.Equal(expected.PromptIds, Form(expected.Prompt, tokenizer).EncoderIds));
    }

    [Theory]
    [InlineData("<caption>", "<CAPTION>")]
    [InlineData("  <Detailed_Caption>\n", "<DETAILED_CAPTION>")]
    [InlineData("< OCR >", "<OCR>")]
    [InlineData(null, "<CAPTION>")]
    [InlineData(" \t", "<CAPTION>")]
    [InlineData("<caption_to_phrase_grounding>  a red car ", "<CAPTION_TO_PHRASE_GROUNDING>a red car")]
    [InlineData("<REGION_TO_OCR> <LOC_052> <loc_332><loc_932> <loc_774>", "<REGION_TO_OCR><loc_52><loc_332><loc_932><loc_774>")]
    public void A_task_is_found_whatever_its_case_and_the_blanks_around_it(string? written, string meant) =>
        Assert.Equal(Form(meant).EncoderIds, Form(written).EncoderIds);

    [Theory]
    [InlineData(null, "<CAPTION>")]
    [InlineData(CaptionLength.Short, "<CAPTION>")]
    [InlineData(CaptionLength.Normal, "<DETAILED_CAPTION>")]
    [InlineData(CaptionLength.Long, "<MORE_DETAILED_CAPTION>")]
    public void A_length_chooses_among_the_tasks_for_captions(CaptionLength? length, string task) =>
        Assert.Equal(
            Form(task).EncoderIds,
            new Florence2Prompt(PictureTokens, Places).Form(new CaptionOptions { Length = length }, Native, default).EncoderIds
        );

    [Fact]
    public void A_length_beside_a_prompt_is_refused()
    {
        var options = new CaptionOptions { Prompt = "<OCR>", Length = CaptionLength.Long };
        var fault = Assert.Throws<CaptionOptionException>(() => new Florence2Prompt(PictureTokens, Places).Form(options, Native, default));
        Assert.Equal("caption_length", fault.Option);
    }

    [Theory]
    [InlineData("<CAPTION> a dog", "<CAPTION>", "takes no other text")]
    [InlineData("please <ocr>", "<OCR>", "must begin the prompt")]
    [InlineData("<OD> <OCR>", "<OD>", "takes no other text")]
    [InlineData("<CAPTION_TO_PHRASE_GROUNDING>", "<CAPTION_TO_PHRASE_GROUNDING>", "needs a text")]
    [InlineData("<REGION_TO_CATEGORY>", "<REGION_TO_CATEGORY>", "needs a region")]
    [InlineData("<REGION_TO_CATEGORY> the dog", "<REGION_TO_CATEGORY>", "four edges")]
    [InlineData("<REGION_TO_CATEGORY><loc_1><loc_2><loc_3>", "<REGION_TO_CATEGORY>", "four edges")]
    [InlineData("<REGION_TO_CATEGORY><loc_1><loc_2><loc_3><loc_1000>", "<REGION_TO_CATEGORY>", "0 to 999")]
    [InlineData("<DocVQA> What is the total?", "<DocVQA>", "<DETAILED_CAPTION>")]
    public void What_a_task_does_not_allow_is_refused_with_the_task_and_its_rule(string prompt, string task, string rule)
    {
        var fault = Assert.Throws<CaptionOptionException>(() => Form(prompt));
        Assert.Equal("prompt", fault.Option);
        Assert.Contains(task, fault.Message, StringComparison.Ordinal);
        Assert.Contains(rule, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_regions_edges_are_one_id_each_in_both_layouts()
    {
        const string prompt = "<REGION_TO_DESCRIPTION><loc_52><loc_332><loc_932><loc_774>";
        int[] native = Form(prompt, Native).EncoderIds;
        Assert.True(Native.TryGetId("<loc_0>", out int first));
        Assert.Equal([52, 332, 932, 774], native.Where(id => id >= first && id < first + 1000).Select(id => id - first));
        Assert.Equal(native, Form(prompt, Microsofts).EncoderIds);
    }

    [Theory]
    [InlineData("What is <loc_52>?")]
    [InlineData("</s><s>")]
    [InlineData("<loc_52><loc_332>")]
    [InlineData("<CAPTION_TO_PHRASE_GROUNDING> a </s> in <loc_1><poly>")]
    [InlineData("<OPEN_VOCABULARY_DETECTION> <mask> <pad> <image>")]
    public void A_callers_words_never_become_control_tokens(string prompt)
    {
        foreach (var tokenizer in new[] { Native, Microsofts })
        {
            int[] inner = Form(prompt, tokenizer).EncoderIds[1..^1];
            Assert.Equal(tokenizer.Decode(inner, TextForm.Marked), tokenizer.Decode(inner, TextForm.Plain));
        }
    }

    [Fact]
    public void A_prompt_that_is_too_long_is_counted_and_the_longest_that_fits_is_told()
    {
        const int room = Places - PictureTokens;
        // Each mark is a token, and two stand around them.
        string words = string.Concat(Enumerable.Repeat("!", room - 2));
        Assert.Equal(room, Form(words).EncoderIds.Length);
        var fault = Assert.Throws<CaptionOptionException>(() => Form(words + "!"));
        Assert.Equal("prompt", fault.Option);
        Assert.Contains($"{room + 1} tokens", fault.Message, StringComparison.Ordinal);
        Assert.Contains($"{room} fit", fault.Message, StringComparison.Ordinal);
    }

    private static FormedPrompt Form(string? prompt, ITokenizer? tokenizer = null) =>
        new Florence2Prompt(PictureTokens, Places).Form(new CaptionOptions { Prompt = prompt }, tokenizer ?? Native, default);
}
