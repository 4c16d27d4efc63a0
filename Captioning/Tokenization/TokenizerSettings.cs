using System.Text.Json;
using ImageToText.Captioning.Models;

namespace ImageToText.Captioning.Tokenization;

/// <summary>What tokenizer_config.json (and, behind it, tokenizer.json) says about a folder's tokenizer.</summary>
internal sealed record TokenizerSettings
{
    /// <summary>Lower case before splitting.</summary>
    public required bool LowerCase { get; init; }

    /// <summary>Accents off before splitting; where nothing is said, as <see cref="LowerCase"/>.</summary>
    public required bool StripAccents { get; init; }

    /// <summary>Each CJK ideograph is a word.</summary>
    public required bool SplitIdeographs { get; init; }

    /// <summary>After decoding, take out the spaces before contractions as well ("man ' s" to "man's").</summary>
    public required bool CleanUpSpaces { get; init; }

    /// <summary>The piece that stands for what the vocabulary can't spell.</summary>
    public required string UnknownToken { get; init; }

    /// <summary>Pieces that are control tokens: never made from a prompt's text, never shown in a caption.</summary>
    public required IReadOnlySet<string> ControlTokens { get; init; }

    /// <summary>Reads the folder's settings; defaults are those of transformers' BertTokenizer.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="tokenizerJson">The root of tokenizer.json where the vocabulary comes from there.</param>
    /// <exception cref="ModelFormatException">A file is not valid JSON or a value is of the wrong kind.</exception>
    public static TokenizerSettings Read(string folder, JsonElement? tokenizerJson)
    {
        // [DEC] and [ENC] are what BLIP adds to BERT's five: in some folders' vocabularies, past the end of others'.
        var control = new HashSet<string>(StringComparer.Ordinal) { "[PAD]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]" };
        string unknown = "[UNK]";
        bool? lowerCase = null, stripAccents = null, splitIdeographs = null, cleanUp = null;

        string path = Path.Combine(folder, "tokenizer_config.json");
        using (JsonDocument? document = JsonFile.ReadIfPresent(path))
        {
            if (document?.RootElement is { } root)
            {
                lowerCase = JsonFile.GetBoolean(root, path, "do_lower_case");
                stripAccents = JsonFile.GetBoolean(root, path, "strip_accents");
                splitIdeographs = JsonFile.GetBoolean(root, path, "tokenize_chinese_chars");
                cleanUp = JsonFile.GetBoolean(root, path, "clean_up_tokenization_spaces");
                unknown = Text(root, "unk_token") ?? unknown;
                foreach (string key in (ReadOnlySpan<string>)["pad_token", "cls_token", "sep_token", "mask_token", "bos_token", "eos_token"])
                {
                    AddIfText(control, Text(root, key));
                }

                AddAll(control, root, "additional_special_tokens");
                AddAll(control, root, "extra_special_tokens");
            }
        }

        if (tokenizerJson is { } tokenizer)
        {
            string file = Path.Combine(folder, WordPieceVocabulary.TokenizerFile);
            if (tokenizer.TryGetProperty("normalizer", out JsonElement normalizer) && normalizer.ValueKind == JsonValueKind.Object)
            {
                lowerCase ??= JsonFile.GetBoolean(normalizer, file, "lowercase");
                stripAccents ??= JsonFile.GetBoolean(normalizer, file, "strip_accents");
                splitIdeographs ??= JsonFile.GetBoolean(normalizer, file, "handle_chinese_chars");
            }

            if (tokenizer.TryGetProperty("added_tokens", out JsonElement added) && added.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement token in added.EnumerateArray().Where(token => token.ValueKind == JsonValueKind.Object))
                {
                    if (JsonFile.GetBoolean(token, file, "special") == true)
                    {
                        AddIfText(control, Text(token, "content"));
                    }
                }
            }
        }

        control.Add(unknown);
        return new TokenizerSettings
        {
            LowerCase = lowerCase ?? true,
            StripAccents = stripAccents ?? lowerCase ?? true,
            SplitIdeographs = splitIdeographs ?? true,
            CleanUpSpaces = cleanUp ?? false,
            UnknownToken = unknown,
            ControlTokens = control,
        };
    }

    /// <summary>A token is written as a string or as an object with its content.</summary>
    private static string? Text(JsonElement parent, string key) =>
        parent.TryGetProperty(key, out JsonElement value) ? Text(value) : null;

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Object when value.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.String
            => content.GetString(),
        _ => null,
    };

    private static void AddAll(HashSet<string> tokens, JsonElement parent, string key)
    {
        if (parent.TryGetProperty(key, out JsonElement list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement token in list.EnumerateArray())
            {
                AddIfText(tokens, Text(token));
            }
        }
    }

    private static void AddIfText(HashSet<string> tokens, string? token)
    {
        if (!string.IsNullOrEmpty(token))
        {
            tokens.Add(token);
        }
    }
}
