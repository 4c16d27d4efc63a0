using System.Text;
using FsCheck.Xunit;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Tokenization.ByteLevel;

namespace ImageToText.Captioning.Tests.Tokenization;

public sealed class ByteLevelTests
{
    private static readonly CaptionTokenizer Gpt2 = CaptionTokenizer.Load(TestFiles.Fixture("families/vit-gpt2"));

    [Property]
    public bool Any_text_comes_back_from_its_ids(string? text)
    {
        // Invalid text (a lone surrogate) becomes U+FFFD on the way.
        string sent = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
        return Gpt2.Decode(Gpt2.Encode(sent), TextForm.Plain) == sent;
    }

    [Property]
    public bool Streamed_pieces_make_the_whole_and_hold_whole_characters(ushort[] ids)
    {
        int[] within = [.. ids.Select(id => id % 702)];
        foreach (var form in Enum.GetValues<TextForm>())
        {
            var text = Gpt2.StartText(form);
            string[] pieces = [.. within.Select(text.Append), text.Finish()];
            if (string.Concat(pieces) != Gpt2.Decode(within, form) || pieces.Any(HoldsHalfACharacter))
            {
                return false;
            }
        }

        return true;
    }

    [Fact]
    public void A_character_of_several_tokens_comes_when_it_is_complete()
    {
        // 😀 is four bytes, here four tokens (of which two are one).
        var text = Gpt2.StartText();
        string[] pieces = [.. ((int[])[64, 220, 172, 253, 246, 222, 0]).Select(text.Append)];
        Assert.Equal(["a", "", "", "", "", " 😀", "!"], pieces);
        Assert.Equal("", text.Finish());

        // What never becomes a character appears at the end.
        text = Gpt2.StartText();
        Assert.Equal("", text.Append(172));
        Assert.Equal("\uFFFD", text.Finish());
    }

    [Property(MaxTest = 200)]
    public bool Pairs_are_merged_in_the_order_of_the_list(byte[] letters, byte[] order)
    {
        string[] alphabet = ["a", "b", "c"];
        var merges = new List<(string Left, string Right)>();
        var pieces = new List<string>(alphabet);
        foreach (byte choice in order.Take(24))
        {
            (string left, string right) = (pieces[choice % pieces.Count], pieces[choice * 7 % pieces.Count]);
            if (!pieces.Contains(left + right))
            {
                merges.Add((left, right));
                pieces.Add(left + right);
            }
        }

        string word = string.Concat(letters.Take(60).Select(letter => alphabet[letter % 3]));
        var ids = new List<int>();
        new PairMerger(new ByteLevelModel { Pieces = [.. pieces], Merges = merges }).Merge(word, ids);

        // The same, but looking at all neighbours before each merge.
        List<string> symbols = [.. word.Select(letter => letter.ToString())];
        while (true)
        {
            int[] ranks = [.. symbols.Zip(symbols.Skip(1), (left, right) => merges.IndexOf((left, right)))];
            if (ranks.All(rank => rank < 0))
            {
                return ids.Select(id => pieces[id]).SequenceEqual(symbols);
            }

            int best = Array.IndexOf(ranks, ranks.Where(rank => rank >= 0).Min());
            symbols[best] += symbols[best + 1];
            symbols.RemoveAt(best + 1);
        }
    }

    [Theory]
    [InlineData("it's we'll", "it|'s| we|'ll")]
    [InlineData("  two  ", " | two|  ")]
    [InlineData("a\r\nb\t", "a|\r|\n|b|\t")]
    [InlineData("x12, ½!", "x|12|,| ½|!")]
    [InlineData("日本 𝒜𝒷1", "日本| 𝒜𝒷|1")]
    [InlineData(" 'tis", " '|tis")]
    public void Words_are_found_as_GPT_2_finds_them(string text, string words) =>
        Assert.Equal(words.Split('|'), WordSplitter.Split(text).Select(word => text.Substring(word.Start, word.Length)));

    [Fact]
    public void What_somebody_sends_is_never_a_control_token()
    {
        var tokenizer = CaptionTokenizer.Load(TestFiles.Fixture("families/blip2-opt"));
        Assert.Equal([2], tokenizer.EncodeMarked("</s>"));
        int[] sent = tokenizer.Encode("</s>");
        Assert.DoesNotContain(2, sent);
        Assert.Equal("</s>", tokenizer.Decode(sent));
        Assert.True(tokenizer.TryGetId("<image>", out int image));
        Assert.DoesNotContain(image, tokenizer.Encode("<image> a <image>"));
    }

    [Fact]
    public void A_word_is_spelled_with_the_space_before_it()
    {
        using var folder = Folder(
            """{"a": 0, "r": 1, "f": 2, "Ġ": 3, "Ġa": 4, "raf": 5, "Ġaraf": 6, "araf": 7, "e": 8, "d": 9}""",
            "Ġ a\nr a\n"
        );
        Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)); // "ra" is not a piece
        folder.Write("merges.txt", "#version: 0.2\nĠ a\n");
        var tokenizer = CaptionTokenizer.Load(folder.Path);
        Assert.Equal(
            ["3,0,1,0,2", "3,0,5", "3,7", "4,1,0,2", "4,5", "6"],
            tokenizer.Spell("araf").Select(ids => string.Join(',', ids)).Order(StringComparer.Ordinal)
        );

        // "carafe" contains "araf", but not as a word.
        Assert.DoesNotContain(tokenizer.Spell("araf"), ids => ids[0] is 0 or 7);
    }

    [Fact]
    public void Byte_level_text_is_kept_from_defect_words_too()
    {
        using var folder = Folder("""{"a": 0, "raf": 1, "f": 2, "Ġ": 3, "Ġa": 4, "ed": 5, "at": 6}""", "Ġ a\n");
        var words = DefectWords.Find(CaptionTokenizer.Load(folder.Path), new DefectSpellings(["arafed"], ["arafat"]));
        Assert.Contains(words.Sequences, sequence => sequence.SequenceEqual([4, 1, 5]));
        Assert.DoesNotContain(words.Sequences, sequence => sequence.SequenceEqual([0, 1, 5]));
    }

    private static TemporaryFolder Folder(string vocabulary, string merges)
    {
        var folder = new TemporaryFolder();
        folder.Write("vocab.json", vocabulary);
        folder.Write("merges.txt", merges);
        return folder;
    }

    private static bool HoldsHalfACharacter(string piece) =>
        piece.Length > 0 && (char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1]));
}
