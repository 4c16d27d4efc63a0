using System.Text.Json;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Tokenization;

/// <summary>
/// The settings in the files beside a vocabulary: tokenizer_config.json, special_tokens_map.json, added_tokens.json, and the
/// added tokens in tokenizer.json.
/// </summary>
internal sealed record TokenizerSettings
{
    public const string ConfigFile = "tokenizer_config.json";
    public const string SpecialTokensFile = "special_tokens_map.json";
    public const string AddedTokensFile = "added_tokens.json";

    /// <summary>The keys under which the files name a control token.</summary>
    private static readonly string[] Roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    // BERT's tokens, and those that captioners add. In some folders they are in the vocabulary, in others they follow it.
    private static readonly string[] BertTokens = ["[PAD]", "[CLS]", "[SEP]", "[MASK]", "[DEC]", "[ENC]"];

    /// <summary>tokenizer_class without the "Fast" at its end; null if it is missing.</summary>
    public string? Class { get; private init; }

    /// <summary>How a Japanese BERT splits words into pieces; otherwise null.</summary>
    public string? SubwordType { get; private init; }

    /// <summary>Whether to lower the case before splitting.</summary>
    public bool? AsksLowerCase { get; private init; }

    /// <summary>Whether to lower the case before splitting; BERT's default if nothing is said.</summary>
    public bool LowerCase => AsksLowerCase ?? true;

    /// <summary>Whether to strip accents before splitting; if nothing is said, the same as <see cref="LowerCase"/>.</summary>
    public bool StripAccents { get; private init; }

    /// <summary>Whether each CJK ideograph is a word.</summary>
    public bool SplitIdeographs { get; private init; } = true;

    /// <summary>Whether to also remove the spaces before contractions after decoding ("man ' s" to "man's").</summary>
    public bool CleanUpSpaces { get; private init; }

    /// <summary>Whether to put a space before the first word.</summary>
    public bool AddPrefixSpace { get; private init; }

    /// <summary>Whether to begin with the bos token if the vocabulary's file doesn't say how a text begins.</summary>
    public bool AddBosToken { get; private init; }

    /// <summary>Control tokens by role ("unk_token").</summary>
    public IReadOnlyDictionary<string, string> Named { get; private init; } = new Dictionary<string, string>();

    /// <summary>Tokens that are never made from a caller's text and never shown in a caption.</summary>
    public IReadOnlySet<string> ControlTokens { get; private init; } = new HashSet<string>();

    /// <summary>Tokens that are found in a text as a whole.</summary>
    public IReadOnlyCollection<AddedToken> Added { get; private init; } = [];

    /// <summary>The piece for what a BERT vocabulary can't spell.</summary>
    public string UnknownToken => Named.GetValueOrDefault("unk_token", "[UNK]");

    /// <summary>Reads a folder's settings.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="tokenizerJson">The root of tokenizer.json, if the vocabulary comes from it.</param>
    /// <exception cref="ModelFormatException">A file is not valid JSON or a value is of the wrong kind.</exception>
    public static TokenizerSettings Read(string folder, JsonPlace? tokenizerJson)
    {
        using var map = Open(folder, SpecialTokensFile, out var special);
        using var config = Open(folder, ConfigFile, out var main);
        using var list = Open(folder, AddedTokensFile, out var added);

        var tokens = new AddedTokenList();
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in (ReadOnlySpan<JsonPlace>)[special, main])
        {
            foreach (string role in Roles)
            {
                if (file.Find(role) is { } token && tokens.AddNamed(token) is { } content)
                {
                    named[role] = content;
                }
            }

            tokens.AddNamedList(file.Find("additional_special_tokens"));
            tokens.AddNamedList(file.Find("extra_special_tokens"));
        }

        tokens.AddIds(added);
        tokens.AddTokenizerJson(tokenizerJson?.Find("added_tokens"));
        tokens.AddDecoder(main.Find("added_tokens_decoder"));

        var normalizer = tokenizerJson?.Find("normalizer");
        bool? lowerCase = main.Flag("do_lower_case") ?? normalizer?.Flag("lowercase");
        string? name = main.Text("tokenizer_class");
        return new TokenizerSettings
        {
            Class = name is not null && name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^4] : name,
            SubwordType = main.Text("subword_tokenizer_type"),
            AsksLowerCase = lowerCase,
            StripAccents = main.Flag("strip_accents") ?? normalizer?.Flag("strip_accents") ?? lowerCase ?? true,
            SplitIdeographs = main.Flag("tokenize_chinese_chars") ?? normalizer?.Flag("handle_chinese_chars") ?? true,
            CleanUpSpaces = main.Flag("clean_up_tokenization_spaces") ?? false,
            AddPrefixSpace = main.Flag("add_prefix_space") ?? false,
            AddBosToken = main.Flag("add_bos_token") ?? false,
            Named = named,
            ControlTokens = tokens.Special,
            Added = tokens.All,
        };
    }

    /// <summary>These settings with a tokenizer's default control tokens where its files name none.</summary>
    /// <param name="roles">The default token for each role.</param>
    /// <param name="others">Further control tokens.</param>
    public TokenizerSettings WithDefaults(IEnumerable<KeyValuePair<string, string>> roles, IEnumerable<string>? others = null)
    {
        var named = new Dictionary<string, string>(Named, StringComparer.Ordinal);
        foreach ((string role, string token) in roles)
        {
            named.TryAdd(role, token);
        }

        return (this with { Named = named }).With([.. named.Values, .. others ?? []], new AddedToken("") { IsSpecial = true });
    }

    /// <summary>These settings with BERT's control tokens.</summary>
    public TokenizerSettings WithBertDefaults() =>
        WithDefaults(
            new Dictionary<string, string>
            {
                ["unk_token"] = "[UNK]",
                ["cls_token"] = "[CLS]",
                ["sep_token"] = "[SEP]",
                ["pad_token"] = "[PAD]",
            },
            BertTokens
        );

    /// <summary>These settings with more control tokens, whose ids follow the vocabulary's.</summary>
    public TokenizerSettings WithMore(IReadOnlyList<string> tokens) =>
        With(tokens, new AddedToken("") { IsSpecial = true, IsAppended = true });

    private TokenizerSettings With(IReadOnlyList<string> control, AddedToken kind) =>
        this with
        {
            ControlTokens = new HashSet<string>([.. ControlTokens, .. control], StringComparer.Ordinal),
            Added =
            [
                .. Added,
                .. control.Distinct().Except(Added.Select(token => token.Content)).Select(content => kind with { Content = content }),
            ],
        };

    private static JsonDocument? Open(string folder, string file, out JsonPlace root)
    {
        string path = Path.Combine(folder, file);
        var document = JsonFile.ReadIfPresent(path);
        root = new JsonPlace(path, "", document?.RootElement ?? default);
        return document;
    }
}
