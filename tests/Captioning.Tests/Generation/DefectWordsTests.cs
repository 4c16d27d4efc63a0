using FsCheck.Xunit;
using ImageToText.Captioning.Architectures.Blip;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Tests.Generation;

public sealed class DefectWordsTests
{
    // As bert-base-uncased spells these words, and a few other ways; [SEP] has id 3 as in the toy model.
    private static readonly string[] Pieces =
    [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "a",
        "ar",
        "ara",
        "arr",
        "##a",
        "##af",
        "##f",
        "##ff",
        "##fe",
        "##fed",
        "##ffe",
        "##ed",
        "##e",
        "##s",
        "##es",
        "##d",
        "##y",
        "gi",
        "##raf",
        "car",
        "area",
        "arafat",
        "##at",
        "man",
        "##r",
        "##ar",
        "arrow",
        "##fura",
        "arm",
    ];

    private static CaptionTokenizer Tokenizer()
    {
        using var folder = new TemporaryFolder();
        folder.Write("vocab.txt", string.Join('\n', Pieces));
        return CaptionTokenizer.Load(folder.Path);
    }

    /// <summary>Would the last piece be suppressed after the earlier ones, beginning with the start token?</summary>
    private static bool IsSuppressed(DefectWords words, params string[] pieces)
    {
        float[] scores = new float[Pieces.Length];
        int[] history = [999, .. pieces[..^1].Select(piece => Array.IndexOf(Pieces, piece))];
        words.Suppress(scores, history);
        return float.IsNegativeInfinity(scores[Array.IndexOf(Pieces, pieces[^1])]);
    }

    [Theory]
    [InlineData("ar", "##af", "##ed")]
    [InlineData("ar", "##a", "##fed")]
    [InlineData("ara", "##fed")]
    [InlineData("ara", "##fe", "##d")]
    [InlineData("ara", "##f", "##fe")]
    [InlineData("ara", "##ffe")]
    [InlineData("ara", "##ffe", "##s")]
    [InlineData("ara", "##f")]
    [InlineData("arr", "##af", "##y")]
    [InlineData("arr", "##a", "##ff")]
    [InlineData("a", "##raf")]
    [InlineData("man", "ar", "##af", "##e")]
    public void Every_spelling_is_kept_from_its_end(params string[] pieces) =>
        Assert.True(IsSuppressed(DefectWords.Find(Tokenizer(), BlipDefects.Spellings), pieces));

    [Theory]
    [InlineData("gi", "##raf", "##fe")]
    [InlineData("gi", "##raf", "##f", "##e")]
    [InlineData("car", "##af", "##e")]
    [InlineData("car", "##a", "##fe")]
    [InlineData("area")]
    [InlineData("arafat")]
    [InlineData("arrow")]
    [InlineData("arm", "##ed")]
    [InlineData("ar", "##ed")]
    [InlineData("ar", "##a")]
    [InlineData("ara", "##fura")]
    [InlineData("man", "##r", "##af")]
    public void Ordinary_words_are_never_touched(params string[] pieces) =>
        Assert.False(IsSuppressed(DefectWords.Find(Tokenizer(), BlipDefects.Spellings), pieces));

    [Fact]
    public void A_spelling_that_an_ordinary_word_starts_with_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        folder.Write("vocab.txt", "[UNK]\nara\n##f\n##at\n##ed");
        var tokenizer = CaptionTokenizer.Load(folder.Path);
        Assert.Equal([1, 2, 3], tokenizer.Encode("arafat"));
        Assert.Equal(
            [
                [1, 2, 4],
                [1, 2, 2],
                [1, 2, 2, 4],
            ],
            DefectWords.Find(tokenizer, BlipDefects.Spellings).Sequences
        );
    }

    [Fact]
    public void Searches_never_write_a_defect_word_unless_allowed_to()
    {
        var words = DefectWords.Find(Tokenizer(), BlipDefects.Spellings);
        int[] start = [4, 5, 9]; // "a araf" is already there; "##ed" would complete a word
        int ed = Array.IndexOf(Pieces, "##ed");
        foreach (
            var settings in (GenerationSettings[])
                [
                    ToyModel.Settings(maxNewTokens: 1),
                    ToyModel.Settings(beams: 3, maxNewTokens: 1),
                    ToyModel.Settings(maxNewTokens: 1) with
                    {
                        DoSample = true,
                        Seed = 1,
                    },
                ]
        )
        {
            var model = new ToyModel(Pieces.Length, 7);
            float[] logits = model.Logits(start);
            logits[ed] = 50;
            foreach (bool suppress in (bool[])[true, false])
            {
                var search = model.Search(settings with { SuppressDefectWords = suppress }, start, words);
                search.Advance([.. logits]);
                Assert.Equal(!suppress, search.GetResults()[0].TokenIds.SequenceEqual([ed]));
            }
        }
    }

    [Property]
    public bool Suppression_is_transformers_bad_words(byte[] history)
    {
        var words = DefectWords.Find(Tokenizer(), BlipDefects.Spellings);
        int[][] sequences = [.. words.Sequences.Select(sequence => sequence.ToArray())];
        int[] ids = [5, .. history.Select(id => id % Pieces.Length)];
        float[] scores = new float[Pieces.Length];
        float[] expected = NaiveReference.Process(scores, ids, 1, ToyModel.Settings(), sequences);
        words.Suppress(scores, ids);
        return expected.SequenceEqual(scores);
    }
}
