using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using ImageToText.Captioning.Models;
using Microsoft.ML.Tokenizers;

namespace ImageToText.Captioning.Tokenization;

/// <summary>
/// A model folder's WordPiece tokenizer: prompts to ids and ids to text, as transformers' BertTokenizer does it.
/// Immutable, safe to use from many threads.
/// </summary>
internal sealed class CaptionTokenizer
{
    /// <summary>A longer word is unknown, as in the reference.</summary>
    private const int MaxWordLength = 100;

    private readonly WordPieceTokenizer _wordPiece;
    private readonly string?[] _pieces;
    private readonly FrozenDictionary<string, int> _ids;
    private readonly bool[] _shown;
    private readonly int _unknownId;

    private CaptionTokenizer(string?[] pieces, TokenizerSettings settings)
    {
        _pieces = pieces;
        _ids = pieces.Index().Where(entry => entry.Item is not null).ToFrozenDictionary(entry => entry.Item!, entry => entry.Index, StringComparer.Ordinal);
        _shown = [.. pieces.Select(piece => piece is not null && !settings.ControlTokens.Contains(piece))];
        _unknownId = _ids[settings.UnknownToken];
        CleanUpSpaces = settings.CleanUpSpaces;
        _wordPiece = WordPieceTokenizer.Create(AsLines(pieces), new WordPieceOptions
        {
            Normalizer = new BertNormalizer(settings.LowerCase, settings.StripAccents, settings.SplitIdeographs),
            PreTokenizer = new BertWordSplitter(),
            UnknownToken = settings.UnknownToken,
            ContinuingSubwordPrefix = WordPieceVocabulary.Continuation,
            MaxInputCharsPerWord = MaxWordLength,
        });
    }

    /// <summary>One more than the largest id of the vocabulary; a model's output may be wider.</summary>
    public int VocabularySize => _pieces.Length;

    /// <summary>Spaces before contractions are taken out after decoding, too.</summary>
    public bool CleanUpSpaces { get; }

    /// <summary>Reads vocab.txt, else tokenizer.json, and tokenizer_config.json where there is one.</summary>
    /// <param name="folder">The model folder.</param>
    /// <exception cref="ModelFormatException">No vocabulary, or a file that can't be read; names the file and the line or key.</exception>
    public static CaptionTokenizer Load(string folder)
    {
        string vocabularyPath = Path.Combine(folder, WordPieceVocabulary.VocabularyFile);
        string tokenizerPath = Path.Combine(folder, WordPieceVocabulary.TokenizerFile);
        try
        {
            if (File.Exists(vocabularyPath))
            {
                return Create(vocabularyPath, WordPieceVocabulary.ReadLines(vocabularyPath), TokenizerSettings.Read(folder, null));
            }

            using JsonDocument tokenizer = JsonFile.ReadIfPresent(tokenizerPath) ?? throw new ModelFormatException(
                $"{folder}: neither {WordPieceVocabulary.VocabularyFile} nor {WordPieceVocabulary.TokenizerFile} is there; one of them must hold the vocabulary.");
            return Create(
                tokenizerPath,
                WordPieceVocabulary.ReadTokenizerJson(tokenizerPath, tokenizer.RootElement),
                TokenizerSettings.Read(folder, tokenizer.RootElement));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException($"{folder}: the vocabulary can't be read: {fault.Message}", fault);
        }
    }

    /// <summary>The ids of a prompt's pieces, without start or closing id; empty for a blank prompt.</summary>
    public int[] Encode(string prompt)
    {
        int[] ids = [.. _wordPiece.EncodeToIds(prompt)];
        foreach (ref int id in ids.AsSpan())
        {
            // Brackets are words of their own, so "[SEP]" can't be spelled; a control token without them could be.
            id = _shown[id] ? id : _unknownId;
        }

        return ids;
    }

    /// <summary>The text of <paramref name="ids"/>; control tokens and ids outside the vocabulary are skipped.</summary>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new IncrementalText(this);
        var whole = new StringBuilder();
        foreach (int id in ids)
        {
            whole.Append(text.Append(id));
        }

        return whole.Append(text.Finish()).ToString();
    }

    /// <summary>The piece with this id; null for a control token or an id outside the vocabulary.</summary>
    public string? GetShownPiece(int id) => (uint)id < (uint)_pieces.Length && _shown[id] ? _pieces[id] : null;

    /// <summary>The id of a piece ("##ing", "a").</summary>
    public bool TryGetId(string piece, out int id) => _ids.TryGetValue(piece, out id);

    private static CaptionTokenizer Create(string path, string?[] pieces, TokenizerSettings settings) =>
        pieces.Contains(settings.UnknownToken)
            ? new CaptionTokenizer(pieces, settings)
            : throw new ModelFormatException($"{path}: the vocabulary lacks {settings.UnknownToken}, the piece for unknown words.");

    /// <summary>The vocabulary as the library reads it. An id without a piece gets one that no text can spell: it holds a NUL.</summary>
    private static MemoryStream AsLines(string?[] pieces)
    {
        var lines = new StringBuilder();
        foreach ((int id, string? piece) in pieces.Index())
        {
            lines.Append(piece ?? $"\0{id}").Append('\n');
        }

        return new MemoryStream(Encoding.UTF8.GetBytes(lines.ToString()));
    }
}
