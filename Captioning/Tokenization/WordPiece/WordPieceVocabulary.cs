using System.Text;
using System.Text.Json;

namespace ImageToText.Captioning.Tokenization.WordPiece;

/// <summary>The pieces of a WordPiece vocabulary by id, from vocab.txt or, without it, from tokenizer.json.</summary>
internal static class WordPieceVocabulary
{
    public const string FileName = "vocab.txt";

    /// <summary>What a piece that continues a word begins with.</summary>
    public const string Continuation = "##";

    /// <summary>Reads vocab.txt: one piece per line, whose id is the line number, from 0.</summary>
    /// <exception cref="ModelFormatException">
    /// Not UTF-8, an empty line, or a repeated piece; the message names file and line.
    /// </exception>
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
            var line = end < 0 ? rest : rest[..end];
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
                throw new ModelFormatException($"{path}: line {number} is empty; one piece per line is expected.");
            }

            if (!lineOf.TryAdd(piece, number))
            {
                throw new ModelFormatException($"{path}: line {number}: the piece \"{piece}\" is already in line {lineOf[piece]}.");
            }

            pieces.Add(piece);
            if (pieces.Count > Vocabulary.MaxPieces)
            {
                throw new ModelFormatException($"{path}: line {number}: more than {Vocabulary.MaxPieces} pieces.");
            }
        }

        return pieces.Count > 0 ? [.. pieces] : throw new ModelFormatException($"{path}: line 1: the vocabulary is empty.");
    }

    /// <summary>Reads model.vocab and added_tokens of tokenizer.json.</summary>
    /// <returns>The pieces by id; null if an id has none.</returns>
    /// <exception cref="ModelFormatException">Not a WordPiece tokenizer, or an id out of range or used twice.</exception>
    public static string?[] ReadTokenizerJson(string path, JsonPlace root)
    {
        var model = root.Get("model", JsonValueKind.Object, "a WordPiece tokenizer");
        model.Expect("continuing_subword_prefix", value => value.ValueEquals(Continuation), $"\"{Continuation}\"");
        var vocabulary = new Vocabulary(path, "model.vocab");
        var pieces = model.Get("vocab", JsonValueKind.Object, "an object of pieces and ids");
        foreach (var entry in pieces.Element.EnumerateObject())
        {
            if (entry.Name.AsSpan().IndexOfAny('\r', '\n') >= 0)
            {
                throw new ModelFormatException($"{path}: model.vocab: the piece with id {entry.Value.GetRawText()} holds a line break.");
            }

            vocabulary.Add(entry.Name, pieces.With(entry.Value).Id(entry.Name));
        }

        return vocabulary.ToPieces();
    }
}
