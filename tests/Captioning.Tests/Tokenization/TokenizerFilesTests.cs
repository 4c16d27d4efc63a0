using System.Text.Encodings.Web;
using System.Text.Json.Nodes;
using ImageToText.Captioning.Tokenization;

namespace ImageToText.Captioning.Tests.Tokenization;

/// <summary>
/// Whatever is unsupported in a tokenizer's files is named by file and key, and the settings for added tokens are honoured.
/// </summary>
public sealed class TokenizerFilesTests
{
    [Theory]
    [InlineData("model.type", "\"WordLevel\"", "model.type is WordLevel; WordPiece, BPE or Unigram is supported")]
    [InlineData("model.dropout", "0.1", "model.dropout is 0.1")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix is \"</w>\"")]
    [InlineData("model.byte_fallback", "true", "model.byte_fallback is true")]
    [InlineData("model.vocab", "[]", "model.vocab is []; an object of pieces and ids")]
    [InlineData("model.vocab", "{\"a\": -1}", "the id of \"a\" is -1")]
    [InlineData("model.merges", "null", "model.merges is missing")]
    [InlineData("model.merges", "[\"a b\", \"abc\"]", "model.merges[1] is \"abc\"")]
    [InlineData("model.merges", "[[\"!\", \"\\\"\"], [1, 2]]", "model.merges[1] is [1, 2]")]
    [InlineData("model.merges", "[[\"!\", \"q\"]]", "the piece \"!q\"")]
    [InlineData("normalizer", "{\"type\": \"NFC\"}", "normalizer is {\"type\": \"NFC\"}")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer is missing")]
    [InlineData("pre_tokenizer", "{\"type\": \"Split\"}", "pre_tokenizer.type is Split; ByteLevel, Digits or Sequence")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"X\"}]}", "pretokenizers[0].type is X")]
    [InlineData("pre_tokenizer", "{\"type\": \"ByteLevel\", \"use_regex\": 1}", "pre_tokenizer.use_regex is 1; true or false")]
    [InlineData("decoder", "{\"type\": \"BPEDecoder\"}", "decoder.type is BPEDecoder")]
    [InlineData("post_processor", "{\"type\": \"Other\"}", "post_processor.type is Other")]
    [InlineData("post_processor", "{\"type\": \"RobertaProcessing\", \"sep\": [\"x\"]}", "post_processor.cls is missing")]
    [InlineData("added_tokens", "[{\"id\": 5}]", "added_tokens[0] is {\"id\": 5}; a token with its content")]
    [InlineData("added_tokens", "[{\"id\": 5, \"content\": \"<x>\"}]", "The added token \"<x>\" has the id 5")]
    public void A_byte_level_tokenizer_says_what_it_does_not_understand(string key, string value, string expected) =>
        Refused("vit-gpt2", key, value, expected);

    [Theory]
    [InlineData("model.unk_id", "9999", "model.unk_id is 9999")]
    [InlineData("model.unk_id", "null", "model.unk_id is missing")]
    [InlineData("model.byte_fallback", "true", "model.byte_fallback is true")]
    [InlineData("model.vocab", "[[\"a\", 1], [\"b\"]]", "model.vocab[1] is [\"b\"]; a piece and its score")]
    [InlineData("normalizer", "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"X\"}]}", "normalizer.normalizers[0].type is X")]
    [InlineData("normalizer", "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \"x\"}, \"content\": \"y\"}", "normalizer is {\"type\"")]
    [InlineData("normalizer", "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}", "precompiled_charsmap is \"AAAA\"")]
    [InlineData("pre_tokenizer", "{\"type\": \"Metaspace\", \"prepend_scheme\": \"odd\"}", "pre_tokenizer.prepend_scheme is \"odd\"")]
    [InlineData("pre_tokenizer", "{\"type\": \"Metaspace\", \"replacement\": \"_\"}", "pre_tokenizer.replacement is \"_\"")]
    [InlineData("decoder", "{\"type\": \"WordPiece\"}", "decoder.type is WordPiece")]
    public void A_unigram_tokenizer_says_what_it_does_not_understand(string key, string value, string expected) =>
        Refused("unigram-tokenizer", key, value, expected);

    [Theory]
    [InlineData("merges.txt", null, "merges.txt is not")]
    [InlineData("merges.txt", "#version: 0.2\na b\na b c\n", "merges.txt: line 3")]
    [InlineData("vocab.json", "{\"a\": 0, \"b\": 0}", "vocab.json: the vocabulary: \"a\" and \"b\" have the same id 0")]
    [InlineData("tokenizer_config.json", "{\"tokenizer_class\": \"CLIPTokenizer\"}", "tokenizer_class is CLIPTokenizer")]
    [InlineData("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"y\"}}}", "added_tokens_decoder is")]
    [InlineData("special_tokens_map.json", "{\"bos_token\": 7}", "special_tokens_map.json: bos_token is 7")]
    [InlineData("added_tokens.json", "{\"<x>\": \"y\"}", "added_tokens.json: the id of \"<x>\" is \"y\"")]
    public void A_pair_of_files_says_what_it_does_not_understand(string file, string? text, string expected)
    {
        using var folder = Copy("trocr-learned");
        File.Delete(Path.Combine(folder.Path, file));
        if (text is not null)
        {
            folder.Write(file, text);
        }

        string message = Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_Japanese_BERT_that_splits_otherwise_is_refused()
    {
        using var folder = Copy("vit-bert");
        folder.Write("tokenizer_config.json", """{"tokenizer_class": "BertJapaneseTokenizer", "subword_tokenizer_type": "wordpiece"}""");
        string message = Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message;
        Assert.Contains("tokenizer_config.json: subword_tokenizer_type is \"wordpiece\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Characters_are_encoded_one_by_one_and_shown_without_blanks()
    {
        var tokenizer = CaptionTokenizer.Load(TestFiles.Fixture("families/vit-bert"));
        int[] ids = tokenizer.Encode("犬 と猫\n。鬱");
        Assert.Equal("犬と猫。", tokenizer.Decode(ids));
        Assert.Equal(1, ids[^1]);
        Assert.Empty(tokenizer.Spell("araf"));

        // The mark of a continuing character is never shown, not even at the start.
        Assert.True(tokenizer.TryGetId("##ヒ", out int continuing));
        Assert.Equal("ヒヒ", tokenizer.Decode([continuing, continuing]));
    }

    [Fact]
    public void Added_tokens_are_found_as_their_flags_say()
    {
        using var folder = new TemporaryFolder();
        folder.Write("vocab.json", """{"a": 0, "b": 1, "Ġ": 2, "<": 3, ">": 4, "<|endoftext|>": 5}""");
        folder.Write("merges.txt", "");
        folder.Write(
            "tokenizer_config.json",
            """
            {"tokenizer_class": "GPT2TokenizerFast", "add_bos_token": true, "added_tokens_decoder": {
              "6": {"content": "<a>", "special": true}, "7": {"content": "<a><b>", "special": true},
              "8": {"content": "<l>", "lstrip": true, "special": true}, "9": {"content": "<r>", "rstrip": true, "special": true},
              "10": {"content": "ab", "single_word": true, "special": false}}}
            """
        );
        var tokenizer = CaptionTokenizer.Load(folder.Path, ["<more>"]);
        Assert.Equal([5], tokenizer.Opening);
        Assert.Empty(tokenizer.Closing);
        Assert.Equal([6, 7, 6], tokenizer.EncodeMarked("<a><a><b><a>"));
        Assert.Equal([0, 8, 2, 0], tokenizer.EncodeMarked("a  <l> a"));
        Assert.Equal([0, 2, 9, 0], tokenizer.EncodeMarked("a <r>  a"));
        Assert.Equal([10, 2, 0, 0, 1], tokenizer.EncodeMarked("ab aab"));
        Assert.Equal([11], tokenizer.EncodeMarked("<more>"));
        Assert.Equal(12, tokenizer.VocabularySize);

        // An added word that is not a control token is found in a caller's text, and shown.
        Assert.Equal([10, 2, 0], tokenizer.Encode("ab a"));
        Assert.Equal("ab a", tokenizer.Decode([10, 6, 2, 0]));
        Assert.Equal("ab<a> a", tokenizer.Decode([10, 6, 2, 0], TextForm.Marked));
    }

    private static void Refused(string family, string key, string value, string expected)
    {
        using var folder = Copy(family);
        string path = Path.Combine(folder.Path, "tokenizer.json");
        var root = JsonNode.Parse(File.ReadAllText(path))!;
        string[] keys = key.Split('.');
        var parent = keys.Length == 1 ? root : root[keys[0]]!;
        parent[keys[^1]] = JsonNode.Parse(value);
        folder.Write("tokenizer.json", root.ToJsonString(new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        string message = Assert.Throws<ModelFormatException>(() => CaptionTokenizer.Load(folder.Path)).Message;
        Assert.Contains(Dense(expected), Dense(message), StringComparison.Ordinal);
    }

    /// <summary>JSON written anew has no spaces.</summary>
    private static string Dense(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    private static TemporaryFolder Copy(string family)
    {
        var folder = new TemporaryFolder();
        foreach (string file in TokenizerFiles.Names)
        {
            string from = TestFiles.Fixture($"families/{family}/{file}");
            if (File.Exists(from))
            {
                File.Copy(from, Path.Combine(folder.Path, file));
            }
        }

        return folder;
    }
}
