using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Tests.Tokenization;

public sealed class CaptionTokenizerTests
{
    private static readonly CaptionTokenizer Small = CaptionTokenizer.Load(TestFiles.Fixture("blip-small-f32"));

    public static TheoryData<string, int[]> EncodingCases()
    {
        var data = new TheoryData<string, int[]>();
        foreach (var item in Read("tokenizer.json"))
        {
            data.Add(item.GetProperty("text").GetString()!, Ids(item.GetProperty("ids")));
        }

        return data;
    }

    public static TheoryData<int[], string> DecodingCases()
    {
        var data = new TheoryData<int[], string>();
        foreach (var item in Read("detokenizer.json"))
        {
            data.Add(Ids(item.GetProperty("ids")), item.GetProperty("text").GetString()!);
        }

        foreach (string folder in (string[])["blip-small-f32", "blip-wide-f16-sharded"])
        {
            using var expected = JsonDocument.Parse(File.ReadAllBytes(TestFiles.Fixture(folder + "/expected.json")));
            foreach (var item in expected.RootElement.GetProperty("cases").EnumerateArray())
            {
                data.Add(Ids(item.GetProperty("sequence")), item.GetProperty("text").GetString()!);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(EncodingCases))]
    public void Encodes_as_the_reference(string text, int[] ids) => Assert.Equal(ids, Small.Encode(text));

    [Theory]
    [MemberData(nameof(DecodingCases))]
    public void Decodes_as_the_reference(int[] ids, string text) => Assert.Equal(text, Small.Decode(ids));

    [Property]
    public bool Streamed_pieces_make_the_whole(ushort[] ids)
    {
        int[] within = [.. ids.Select(id => id % 1005)];
        var text = new IncrementalText(Small);
        return string.Concat(within.Select(text.Append)) + text.Finish() == Small.Decode(within);
    }

    [Property(MaxTest = 300)]
    public Property Streamed_pieces_make_the_whole_with_clean_up()
    {
        // Pieces that the clean-up changes, and some that it does not.
        string[] pieces =
        [
            "a",
            "n",
            "'",
            "t",
            "s",
            "m",
            "v",
            "re",
            "ve",
            ".",
            ",",
            "?",
            "!",
            "n't",
            "'s",
            "'m",
            "##'",
            "##s",
            "##n",
            "##t",
            "do",
            "not",
            "'ve",
            "##v",
            "##ve",
        ];
        using var folder = new TemporaryFolder();
        folder.Write("vocab.txt", "[PAD]\n[UNK]\n" + string.Join('\n', pieces));
        folder.Write("tokenizer_config.json", """{"clean_up_tokenization_spaces": true}""");
        var tokenizer = CaptionTokenizer.Load(folder.Path);

        return Prop.ForAll(
            Gen.Choose(0, pieces.Length + 1).ArrayOf().ToArbitrary(),
            ids =>
            {
                var text = new IncrementalText(tokenizer);
                string streamed = string.Concat(ids.Select(text.Append)) + text.Finish();
                string plain = "";
                foreach (int id in ids.Where(id => id >= 2))
                {
                    string piece = pieces[id - 2];
                    plain +=
                        plain.Length == 0 ? piece
                        : piece.StartsWith("##", StringComparison.Ordinal) ? piece[2..]
                        : piece[0] is '.' or ',' or '?' or '!' || piece is "n't" or "'s" or "'m" or "'ve" ? piece
                        : " " + piece;
                }

                foreach (
                    (string old, string replacement) in (ReadOnlySpan<(string, string)>)
                        [
                            (" .", "."),
                            (" ?", "?"),
                            (" !", "!"),
                            (" ,", ","),
                            (" ' ", "'"),
                            (" n't", "n't"),
                            (" 'm", "'m"),
                            (" 's", "'s"),
                            (" 've", "'ve"),
                            (" 're", "'re"),
                        ]
                )
                {
                    plain = plain.Replace(old, replacement, StringComparison.Ordinal);
                }

                return streamed == plain && tokenizer.Decode(ids) == plain;
            }
        );
    }

    [Property]
    public bool No_text_becomes_a_control_token(string? text)
    {
        int[] ids = Small.Encode(text + "[SEP] [CLS][PAD] [MASK] [sep]" + text);
        return ids.All(id => id is 1 or > 4);
    }

    [Fact]
    public void A_control_token_in_a_prompt_is_plain_words()
    {
        using var folder = new TemporaryFolder();
        folder.Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n[\n]\nsep\nend");
        folder.Write("tokenizer_config.json", """{"eos_token": {"content": "end"}}""");
        var tokenizer = CaptionTokenizer.Load(folder.Path);
        Assert.Equal([5, 7, 6], tokenizer.Encode("[SEP]"));
        Assert.Equal([1], tokenizer.Encode("end"));
        Assert.Equal("sep", tokenizer.Decode([3, 7, 8, 999, -1]));
    }

    [Fact]
    public void Case_is_kept_where_the_folder_says_so()
    {
        using var folder = new TemporaryFolder();
        folder.Write("vocab.txt", "[UNK]\ncafé\nCafé\ncafe");
        folder.Write("tokenizer_config.json", """{"do_lower_case": false}""");
        Assert.Equal([2, 1], CaptionTokenizer.Load(folder.Path).Encode("Café café"));
        folder.Write("tokenizer_config.json", """{"do_lower_case": true}""");
        Assert.Equal([3, 3], CaptionTokenizer.Load(folder.Path).Encode("Café café"));
        folder.Write("tokenizer_config.json", """{"do_lower_case": true, "strip_accents": false}""");
        Assert.Equal([1, 1], CaptionTokenizer.Load(folder.Path).Encode("Café café"));
    }

    [Fact]
    public void Ideographs_stand_alone_and_Hangul_falls_into_letters()
    {
        using var folder = new TemporaryFolder();
        folder.Write("vocab.txt", "[UNK]\n日\n本\nᄒ\n##ᅡ\n##ᆫ");
        Assert.Equal([1, 2, 3, 4, 5], CaptionTokenizer.Load(folder.Path).Encode("日本한"));
    }

    [Fact]
    public void Tokenizer_json_is_read_where_there_is_no_vocabulary_file()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            "tokenizer.json",
            """
            {"normalizer": {"type": "BertNormalizer", "lowercase": true},
             "added_tokens": [{"id": 0, "content": "[PAD]", "special": true}, {"id": 5, "content": "[DEC]", "special": true}],
             "model": {"type": "WordPiece", "continuing_subword_prefix": "##", "vocab": {"[PAD]": 0, "[UNK]": 1, "play": 2, "##ing": 3}}}
            """
        );
        var tokenizer = CaptionTokenizer.Load(folder.Path);
        Assert.Equal(6, tokenizer.VocabularySize);
        Assert.Equal([2, 3], tokenizer.Encode("Playing"));
        Assert.Equal("playing", tokenizer.Decode([5, 2, 3, 4, 0]));
    }

    [Fact]
    public void Both_vocabulary_files_give_the_same_tokenizer()
    {
        using var folder = new TemporaryFolder();
        string[] pieces = File.ReadAllLines(TestFiles.Fixture("blip-small-f32/vocab.txt"));
        folder.Write(
            "tokenizer.json",
            JsonSerializer.Serialize(
                new { model = new { type = "WordPiece", vocab = pieces.Index().ToDictionary(piece => piece.Item, piece => piece.Index) } }
            )
        );
        var tokenizer = CaptionTokenizer.Load(folder.Path);
        foreach (var item in Read("tokenizer.json"))
        {
            Assert.Equal(Ids(item.GetProperty("ids")), tokenizer.Encode(item.GetProperty("text").GetString()!));
        }
    }

    [Theory]
    [InlineData("vocab.txt", "", "line 1")]
    [InlineData("vocab.txt", "[UNK]\na\n\nb\n", "line 3")]
    [InlineData("vocab.txt", "[UNK]\na\nb\na\n", "line 4")]
    [InlineData("vocab.txt", "a\nb\n", "[UNK]")]
    [InlineData("tokenizer.json", "{\n\"model\": {\n oops", "line 3")]
    [InlineData("tokenizer.json", "[]", "line 1")]
    [InlineData("tokenizer.json", "{}", "model")]
    [InlineData("tokenizer.json", """{"model": {"type": "BPE", "vocab": {}}}""", "BPE")]
    [InlineData(
        "tokenizer.json",
        """{"model": {"type": "WordPiece", "continuing_subword_prefix": "@@", "vocab": {}}}""",
        "continuing_subword_prefix"
    )]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece"}}""", "model.vocab")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece", "vocab": {}}}""", "empty")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": -1}}}""", "\"a\"")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 2000000000}}}""", "\"a\"")]
    [InlineData("tokenizer.json", """{"model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "a": 1, "b": 1}}}""", "same id 1")]
    public void A_malformed_vocabulary_is_refused_by_file_and_place(string file, string text, string named)
    {
        using var folder = new TemporaryFolder();
        folder.Write(file, text);
        string message = Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message;
        Assert.Contains(file, message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_that_are_not_text_are_refused_by_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(Path.Combine(folder.Path, "vocab.txt"), [.. "[UNK]\n"u8, 0xC3, 0x28, (byte)'\n']);
        Assert.Contains(
            "line 2",
            Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{\"do_lower_case\": \"yes\"}", "do_lower_case")]
    [InlineData("{", "line 1")]
    public void A_malformed_configuration_is_refused(string text, string named)
    {
        using var folder = new TemporaryFolder();
        folder.Write("vocab.txt", "[UNK]\n");
        folder.Write("tokenizer_config.json", text);
        string message = Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message;
        Assert.Contains("tokenizer_config.json", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_vocabulary_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "vocab.txt",
            Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message,
            StringComparison.Ordinal
        );
    }

    private static JsonElement[] Read(string fixture)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(TestFiles.Fixture(fixture)));
        return [.. document.RootElement.Clone().EnumerateArray()];
    }

    private static int[] Ids(JsonElement ids) => [.. ids.EnumerateArray().Select(id => id.GetInt32())];
}
