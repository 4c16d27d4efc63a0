using System.Text;

namespace ImageToText.Captioning.Tokenization.Characters;

/// <summary>
/// A Japanese BERT whose tokens are characters (manga-ocr). A caption is its characters one after another, without spaces.
/// </summary>
/// <remarks>
/// The reference first cuts a text into words with MeCab, which makes no difference if no piece spans two characters. It also
/// converts a text to Unicode form NFKC, which this does not: write a prompt as the vocabulary is. The spaces that it puts
/// between the tokens of a caption are removed by all of its users.
/// </remarks>
internal sealed class CharacterScheme : ITokenScheme
{
    /// <summary>The class that such a folder names.</summary>
    public const string TokenizerClass = "BertJapaneseTokenizer";

    private const string Continuation = "##";
    private readonly Dictionary<string, int> _ids;
    private readonly int _unknownId;
    private readonly bool _lowerCase;

    public CharacterScheme(string?[] pieces, TokenizerSettings settings)
    {
        _ids = pieces
            .Index()
            .Where(entry => entry.Item is not null)
            .ToDictionary(entry => entry.Item!, entry => entry.Index, StringComparer.Ordinal);
        _unknownId = _ids[settings.UnknownToken];
        _lowerCase = settings.AsksLowerCase ?? false;
    }

    /// <inheritdoc/>
    public WordForm? Words => null;

    /// <summary>Refuses a tokenizer that splits words in another way.</summary>
    public static void RequireCharacters(string path, TokenizerSettings settings)
    {
        if (settings.SubwordType != "character")
        {
            throw new ModelFormatException(
                $"{path}: subword_tokenizer_type is \"{settings.SubwordType ?? "wordpiece"}\"; "
                    + $"\"character\" is supported for a {TokenizerClass}."
            );
        }
    }

    /// <inheritdoc/>
    public string Normalize(string text) => _lowerCase ? text.ToLowerInvariant() : text;

    /// <inheritdoc/>
    public void Encode(string text, bool isFirst, List<int> ids)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (!Rune.IsWhiteSpace(rune))
            {
                ids.Add(_ids.GetValueOrDefault(rune.ToString(), _unknownId));
            }
        }
    }

    /// <inheritdoc/>
    public IPieceJoiner StartJoining() => new CharacterJoiner();

    private sealed class CharacterJoiner : IPieceJoiner
    {
        public string Add(string piece) =>
            piece.Length > Continuation.Length && piece.StartsWith(Continuation, StringComparison.Ordinal)
                ? piece[Continuation.Length..]
                : piece;

        public string End() => "";
    }
}
