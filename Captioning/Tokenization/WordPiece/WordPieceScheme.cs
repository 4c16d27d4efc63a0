using System.Text;
using Microsoft.ML.Tokenizers;

namespace ImageToText.Captioning.Tokenization.WordPiece;

/// <summary>BERT's WordPiece: words split at white space and punctuation, then into the longest known pieces.</summary>
internal sealed class WordPieceScheme : ITokenScheme
{
    /// <summary>A longer word is unknown, as in the reference.</summary>
    private const int MaxWordLength = 100;

    private readonly WordPieceTokenizer _wordPiece;

    public WordPieceScheme(string?[] pieces, TokenizerSettings settings) =>
        _wordPiece = WordPieceTokenizer.Create(
            AsLines(pieces),
            new WordPieceOptions
            {
                Normalizer = new BertNormalizer(settings.LowerCase, settings.StripAccents, settings.SplitIdeographs),
                PreTokenizer = new BertWordSplitter(),
                UnknownToken = settings.UnknownToken,
                ContinuingSubwordPrefix = WordPieceVocabulary.Continuation,
                MaxInputCharsPerWord = MaxWordLength,
            }
        );

    /// <inheritdoc/>
    public WordForm? Words => new WordForm("", WordPieceVocabulary.Continuation);

    /// <inheritdoc/>
    public string Normalize(string text) => text;

    /// <inheritdoc/>
    public void Encode(string text, bool isFirst, List<int> ids) => ids.AddRange(_wordPiece.EncodeToIds(text));

    /// <inheritdoc/>
    public IPieceJoiner StartJoining() => new WordPieceJoiner();

    /// <summary>
    /// The vocabulary as the library reads it. An id without a piece gets one that contains a NUL, which no text can spell.
    /// </summary>
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
