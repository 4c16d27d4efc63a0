using System.Text;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Tokenization.ByteLevel;

/// <summary>Reads a byte-level BPE from vocab.json and merges.txt.</summary>
internal static class ByteLevelFiles
{
    public const string VocabularyFile = "vocab.json";
    public const string MergesFile = "merges.txt";

    private const string EndOfText = "<|endoftext|>";

    private static readonly Dictionary<string, string> Gpt2 = new()
    {
        ["bos_token"] = EndOfText,
        ["eos_token"] = EndOfText,
        ["unk_token"] = EndOfText,
    };

    /// <summary>Reads both files.</summary>
    /// <exception cref="ModelFormatException">One is missing or malformed; the message names file and line or piece.</exception>
    public static ByteLevelModel Read(string vocabularyPath, string mergesPath)
    {
        if (!File.Exists(mergesPath))
        {
            throw new ModelFormatException($"{vocabularyPath} is there, but {MergesFile} is not; a byte-level BPE needs both.");
        }

        using var document = JsonFile.ReadIfPresent(vocabularyPath)!;
        var place = new JsonPlace(vocabularyPath, "", document.RootElement);
        var pieces = new Vocabulary(vocabularyPath, "the vocabulary");
        foreach (var entry in document.RootElement.EnumerateObject())
        {
            pieces.Add(entry.Name, place.With(entry.Value).Id(entry.Name));
        }

        return new ByteLevelModel { Pieces = pieces.ToPieces(), Merges = ReadMerges(mergesPath) };
    }

    /// <summary>Reads the folder's other settings. The control tokens are those of the class that it names.</summary>
    /// <exception cref="ModelFormatException">The class splits text in another way.</exception>
    public static TokenizerSettings ReadSettings(string folder, ByteLevelModel model)
    {
        var settings = TokenizerSettings.Read(folder, null);
        return settings.WithDefaults(
            settings.Class switch
            {
                "RobertaTokenizer" or "BartTokenizer" => RobertaTokens.ByPurpose,
                "GPT2Tokenizer" => Gpt2,
                null => model.Pieces.Contains(EndOfText) ? Gpt2 : RobertaTokens.ByPurpose,
                _ => throw new ModelFormatException(
                    $"{Path.Combine(folder, TokenizerSettings.ConfigFile)}: tokenizer_class is {settings.Class}; "
                        + $"with {VocabularyFile} and {MergesFile}, GPT2Tokenizer, RobertaTokenizer and BartTokenizer are supported."
                ),
            }
        );
    }

    private static List<(string Left, string Right)> ReadMerges(string path)
    {
        var merges = new List<(string, string)>();
        int number = 0;
        foreach (string line in File.ReadLines(path, Encoding.UTF8))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal)))
            {
                continue;
            }

            merges.Add(
                line.Split(' ') is [{ Length: > 0 } left, { Length: > 0 } right]
                    ? (left, right)
                    : throw new ModelFormatException(
                        $"{path}: line {number} is \"{line}\"; two pieces with a space between them are expected."
                    )
            );
        }

        return merges;
    }
}
