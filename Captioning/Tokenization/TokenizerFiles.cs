using System.Collections.Frozen;
using System.Text.Json;
using ImageToText.Captioning.Tokenization.ByteLevel;
using ImageToText.Captioning.Tokenization.Characters;
using ImageToText.Captioning.Tokenization.Unigram;
using ImageToText.Captioning.Tokenization.WordPiece;

namespace ImageToText.Captioning.Tokenization;

/// <summary>What makes up a tokenizer, read from whichever files a model folder has.</summary>
internal sealed class TokenizerFiles
{
    public const string JsonFile = "tokenizer.json";

    private TokenizerFiles(string?[] pieces, TokenizerSettings settings)
    {
        Settings = settings;
        Pieces = AddTokens(pieces, settings);
        Ids = Pieces
            .Index()
            .Where(entry => entry.Item is not null)
            .ToFrozenDictionary(entry => entry.Item!, entry => entry.Index, StringComparer.Ordinal);
    }

    /// <summary>The names of all files that may be part of a tokenizer of these kinds.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        WordPieceVocabulary.FileName,
        JsonFile,
        ByteLevelFiles.VocabularyFile,
        ByteLevelFiles.MergesFile,
        SentencePieceModel.FileName,
        TokenizerSettings.ConfigFile,
        TokenizerSettings.SpecialTokensFile,
        TokenizerSettings.AddedTokensFile,
    ];

    /// <summary>The settings from the other files.</summary>
    public TokenizerSettings Settings { get; }

    /// <summary>The pieces by id, including added tokens; null if an id has none.</summary>
    public string?[] Pieces { get; }

    /// <summary>The ids by piece.</summary>
    public FrozenDictionary<string, int> Ids { get; }

    /// <summary>What surrounds a text.</summary>
    public required TokenFrame Frame { get; init; }

    /// <summary>The kind of tokenizer.</summary>
    public required ITokenScheme Scheme { get; init; }

    /// <summary>Reads a folder's files.</summary>
    /// <exception cref="ModelFormatException">
    /// There is no vocabulary, or something is not supported; the message names file and line or key.
    /// </exception>
    public static TokenizerFiles Read(string folder, IReadOnlyList<string> more)
    {
        if (PathOf(WordPieceVocabulary.FileName) is { } lines)
        {
            var settings = TokenizerSettings.Read(folder, null).WithBertDefaults().WithMore(more);
            string?[] pieces = WordPieceVocabulary.ReadLines(lines);
            return settings.Class == CharacterScheme.TokenizerClass
                ? Characters(folder, lines, pieces, settings)
                : WordPiece(lines, pieces, settings);
        }

        if (PathOf(JsonFile) is { } path)
        {
            using var document = ModelFiles.JsonFile.ReadIfPresent(path)!;
            var root = new JsonPlace(path, "", document.RootElement);
            return FromJson(path, root, TokenizerSettings.Read(folder, root).WithMore(more));
        }

        if (PathOf(SentencePieceModel.FileName) is { } protobuf)
        {
            var settings = TokenizerSettings.Read(folder, null).WithDefaults(RobertaTokens.ByPurpose).WithMore(more);
            return SentencePiece(folder, protobuf, settings);
        }

        if (PathOf(ByteLevelFiles.VocabularyFile) is { } vocabulary)
        {
            return ByteLevel(ByteLevelFiles.Read(vocabulary, Path.Combine(folder, ByteLevelFiles.MergesFile)), folder, more);
        }

        throw new ModelFormatException(
            $"{folder}: no tokenizer was found. One of these must hold the vocabulary: {WordPieceVocabulary.FileName}, {JsonFile}, "
                + $"{SentencePieceModel.FileName}, or {ByteLevelFiles.VocabularyFile} with {ByteLevelFiles.MergesFile}."
        );

        string? PathOf(string name) => Path.Combine(folder, name) is var file && File.Exists(file) ? file : null;
    }

    private static TokenizerFiles FromJson(string path, JsonPlace root, TokenizerSettings settings)
    {
        var model = root.Get("model", JsonValueKind.Object, "a WordPiece, BPE or Unigram tokenizer");

        // Files written before 2021 lack the type, so the kinds are recognized by what only they have.
        string type =
            model.Type
            ?? (
                model.Find("merges") is not null ? "BPE"
                : model.Find("vocab")?.Element.ValueKind == JsonValueKind.Array ? "Unigram"
                : "WordPiece"
            );
        return type switch
        {
            "WordPiece" => WordPiece(path, WordPieceVocabulary.ReadTokenizerJson(path, root), settings.WithBertDefaults()),
            "BPE" => ByteLevel(ByteLevelJson.Read(path, root), root, settings),
            "Unigram" => Unigram(UnigramJson.Read(path, root), root, settings),
            _ => throw model.UnknownType("WordPiece, BPE or Unigram"),
        };
    }

    private static TokenizerFiles WordPiece(string path, string?[] pieces, TokenizerSettings settings)
    {
        RequireUnknown(path, pieces, settings);
        return new TokenizerFiles(pieces, settings)
        {
            Scheme = new WordPieceScheme(pieces, settings),
            Frame = FrameOf(pieces, settings.Named["cls_token"], settings.Named["sep_token"]),
        };
    }

    private static TokenizerFiles Characters(string folder, string path, string?[] pieces, TokenizerSettings settings)
    {
        RequireUnknown(path, pieces, settings);
        CharacterScheme.RequireCharacters(Path.Combine(folder, TokenizerSettings.ConfigFile), settings);
        return new TokenizerFiles(pieces, settings)
        {
            Scheme = new CharacterScheme(pieces, settings),
            Frame = FrameOf(pieces, settings.Named["cls_token"], settings.Named["sep_token"]),
        };
    }

    private static TokenizerFiles ByteLevel(ByteLevelModel model, JsonPlace root, TokenizerSettings settings) =>
        new(model.Pieces, settings) { Scheme = new ByteLevelScheme(model), Frame = TokenFrame.Read(root.Find("post_processor")) };

    private static TokenizerFiles ByteLevel(ByteLevelModel model, string folder, IReadOnlyList<string> more)
    {
        var settings = ByteLevelFiles.ReadSettings(folder, model).WithMore(more);
        return new TokenizerFiles(model.Pieces, settings)
        {
            Scheme = new ByteLevelScheme(model with { AddPrefixSpace = settings.AddPrefixSpace }),
            Frame = settings.Named.TryGetValue("cls_token", out string? start)
                ? FrameOf(model.Pieces, start, settings.Named.GetValueOrDefault("sep_token"))
                : FrameOf(model.Pieces, settings.AddBosToken ? settings.Named.GetValueOrDefault("bos_token") : null, null),
        };
    }

    private static TokenizerFiles Unigram(UnigramModel model, JsonPlace root, TokenizerSettings settings) =>
        new(model.Pieces, settings)
        {
            Scheme = new UnigramScheme(model, settings.ControlTokens),
            Frame = TokenFrame.Read(root.Find("post_processor")),
        };

    private static TokenizerFiles SentencePiece(string folder, string path, TokenizerSettings settings)
    {
        SentencePieceModel.RequireClass(Path.Combine(folder, TokenizerSettings.ConfigFile), settings);
        var model = SentencePieceModel.Read(path);
        return new TokenizerFiles(model.Pieces, settings)
        {
            Scheme = new UnigramScheme(model, settings.ControlTokens),
            Frame = FrameOf(model.Pieces, settings.Named["cls_token"], settings.Named["sep_token"]),
        };
    }

    private static void RequireUnknown(string path, string?[] pieces, TokenizerSettings settings)
    {
        if (!pieces.Contains(settings.UnknownToken))
        {
            throw new ModelFormatException($"{path}: the vocabulary lacks {settings.UnknownToken}, the piece for unknown words.");
        }
    }

    private static TokenFrame FrameOf(string?[] pieces, string? opening, string? closing) =>
        TokenFrame.Of(opening, closing, token => Array.IndexOf(pieces, token) is >= 0 and var id ? id : null);

    /// <summary>Puts the added tokens that have an id into the vocabulary.</summary>
    private static string?[] AddTokens(string?[] pieces, TokenizerSettings settings)
    {
        var known = pieces.Where(piece => piece is not null).ToHashSet(StringComparer.Ordinal);
        var all = new List<string?>(pieces);
        foreach (var token in settings.Added.Where(token => !known.Contains(token.Content)))
        {
            int? wanted = token.IsAppended ? all.Count : token.Id;
            if (wanted is not { } id)
            {
                continue;
            }

            while (all.Count <= id)
            {
                all.Add(null);
            }

            if (all[id] is { } other)
            {
                throw new ModelFormatException(
                    $"The added token \"{token.Content}\" has the id {id}, which is \"{other}\" in the vocabulary. "
                        + "The tokenizer's files don't belong together."
                );
            }

            all[id] = token.Content;
            known.Add(token.Content);
        }

        return [.. all];
    }
}
