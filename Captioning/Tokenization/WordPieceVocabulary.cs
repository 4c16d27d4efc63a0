using System.Text;
using System.Text.Json;

namespace ImageToText.Captioning.Tokenization;

/// <summary>The pieces of a WordPiece vocabulary by id, from vocab.txt or, where there is none, from tokenizer.json.</summary>
internal static class WordPieceVocabulary
{
    public const string VocabularyFile = "vocab.txt";
    public const string TokenizerFile = "tokenizer.json";

    /// <summary>What a piece that continues a word starts with.</summary>
    public const string Continuation = "##";

    /// <summary>No BERT vocabulary comes near it; keeps a damaged file from asking for gigabytes.</summary>
    private const int MaxPieces = 1_000_000;

    /// <summary>Reads vocab.txt: one piece a line, its id the line's number from 0.</summary>
    /// <exception cref="ModelFormatException">Not UTF-8, an empty line, a piece twice; the message names file and line.</exception>
    public static string?[] ReadLines(string path)
    {
        var pieces = new List<string?>();
        var lineOf = new Dictionary<string, int>(StringComparer.Ordinal);
        var strict = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        ReadOnlySpan<byte> rest = File.ReadAllBytes(path);
        if (rest.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]))
        {
            rest = rest[3..];
        }

        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (line.EndsWith((byte)'\r'))
            {
                line = line[..^1];
            }

            int number = pieces.Count + 1;
            string piece;
            try
            {
                piece = strict.GetString(line);
            }
            catch (DecoderFallbackException fault)
            {
                throw new ModelFormatException($"{path}: line {number}: not valid UTF-8.", fault);
            }

            if (piece.Length == 0)
            {
                throw new ModelFormatException($"{path}: line {number} is empty; one piece a line is expected.");
            }

            if (!lineOf.TryAdd(piece, number))
            {
                throw new ModelFormatException($"{path}: line {number}: the piece \"{piece}\" stands in line {lineOf[piece]} already.");
            }

            pieces.Add(piece);
            if (pieces.Count > MaxPieces)
            {
                throw new ModelFormatException($"{path}: line {number}: more than {MaxPieces} pieces.");
            }
        }

        return pieces.Count > 0 ? [.. pieces] : throw new ModelFormatException($"{path}: line 1: the vocabulary is empty.");
    }

    /// <summary>Reads model.vocab and added_tokens of tokenizer.json.</summary>
    /// <returns>The pieces by id; null where an id has none.</returns>
    /// <exception cref="ModelFormatException">Not a WordPiece tokenizer, or an id out of range or used twice.</exception>
    public static string?[] ReadTokenizerJson(string path, JsonElement root)
    {
        if (!root.TryGetProperty("model", out JsonElement model) || model.ValueKind != JsonValueKind.Object)
        {
            throw new ModelFormatException($"{path}: model is missing; a WordPiece tokenizer is expected.");
        }

        // Files written before 2021 lack the type; a WordPiece model is then known by its continuing_subword_prefix.
        string? type = model.TryGetProperty("type", out JsonElement name) ? name.ToString() : null;
        if (type is not (null or "WordPiece"))
        {
            throw new ModelFormatException($"{path}: model.type is {type}; WordPiece is supported.");
        }

        if (model.TryGetProperty("continuing_subword_prefix", out JsonElement prefix) && prefix.ToString() != Continuation)
        {
            throw new ModelFormatException($"{path}: model.continuing_subword_prefix is \"{prefix}\"; \"{Continuation}\" is supported.");
        }

        if (!model.TryGetProperty("vocab", out JsonElement vocabulary) || vocabulary.ValueKind != JsonValueKind.Object)
        {
            throw new ModelFormatException($"{path}: model.vocab is missing; an object of pieces and ids is expected.");
        }

        var byId = new Dictionary<int, string>();
        foreach (JsonProperty entry in vocabulary.EnumerateObject())
        {
            Add(byId, path, "model.vocab", entry.Name, entry.Value);
        }

        if (root.TryGetProperty("added_tokens", out JsonElement added) && added.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement token in added.EnumerateArray())
            {
                if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out JsonElement content)
                    && content.ValueKind == JsonValueKind.String && token.TryGetProperty("id", out JsonElement id))
                {
                    Add(byId, path, "added_tokens", content.GetString()!, id);
                }
            }
        }

        if (byId.Count == 0)
        {
            throw new ModelFormatException($"{path}: model.vocab is empty.");
        }

        var pieces = new string?[byId.Keys.Max() + 1];
        foreach ((int id, string piece) in byId)
        {
            pieces[id] = piece;
        }

        return pieces;
    }

    private static void Add(Dictionary<int, string> byId, string path, string key, string piece, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out int id) || id is < 0 or >= MaxPieces)
        {
            throw new ModelFormatException($"{path}: {key}: the id of \"{piece}\" is {value.GetRawText()}; 0 to {MaxPieces - 1} is expected.");
        }

        if (piece.Length == 0 || piece.AsSpan().IndexOfAny('\r', '\n') >= 0)
        {
            throw new ModelFormatException($"{path}: {key}: the piece with id {id} is empty or holds a line break.");
        }

        if (!byId.TryAdd(id, piece) && byId[id] != piece)
        {
            throw new ModelFormatException($"{path}: {key}: \"{byId[id]}\" and \"{piece}\" have the same id {id}.");
        }
    }
}
