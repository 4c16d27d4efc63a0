using System.Text.Json;
using System.Text.Json.Nodes;

namespace ImageToText.Bench.Engine;

/// <summary>
/// A vocabulary of a public size with made-up words: just enough words for all ids, with special ones in their places.
/// </summary>
internal static class RandomVocabulary
{
    private const int WordPieces = 30_522;
    private const int Characters = 6_144;
    private const int GptTokens = 50_257;
    private const int RobertaTokens = 50_265;
    private const int SmolTokens = 49_152;

    // How byte-level tokenizers write bytes that are not visible characters.
    private const int FirstStandIn = 256;

    /// <summary>
    /// Writes the files of the tokenizer that a folder's tokenizer_config.json names; BERT's word pieces if there is none.
    /// </summary>
    public static void Write(string folder)
    {
        string config = Path.Combine(folder, "tokenizer_config.json");
        switch (File.Exists(config) ? (string?)JsonNode.Parse(File.ReadAllText(config))!["tokenizer_class"] : null)
        {
            case "GPT2Tokenizer" when ModelType(folder) == "idefics3":
                WriteBytePairs(folder, SmolTokens, start: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"], end: []);
                break;
            case "GPT2Tokenizer" when ModelType(folder) == "blip-2":
                WriteBytePairs(folder, RobertaTokens, start: ["<s>", "<pad>", "</s>", "<unk>"], end: []);
                break;
            case "GPT2Tokenizer":
                WriteBytePairs(folder, GptTokens, start: [], end: ["<|endoftext|>"]);
                break;
            case "RobertaTokenizer":
                WriteBytePairs(folder, RobertaTokens, start: ["<s>", "<pad>", "</s>", "<unk>"], end: ["<mask>"]);
                break;
            case "BertJapaneseTokenizer":
                File.WriteAllLines(Path.Combine(folder, "vocab.txt"), CharacterVocabulary());
                break;
            default:
                File.WriteAllLines(Path.Combine(folder, "vocab.txt"), WordPieceVocabulary());
                break;
        }
    }

    private static string? ModelType(string folder) =>
        File.Exists(Path.Combine(folder, "config.json"))
            ? (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!["model_type"]
            : null;

    private static IEnumerable<string> CharacterVocabulary() =>
        ((string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
            .Concat(Enumerable.Range(0x4E00, Characters).Select(static code => ((char)code).ToString()))
            .Take(Characters);

    // Special pieces have the same places as in BERT's vocabulary, which config.json relies on.
    private static IEnumerable<string> WordPieceVocabulary() =>
        Enumerable
            .Range(0, WordPieces)
            .Select(static id =>
                id switch
                {
                    0 => "[PAD]",
                    100 => "[UNK]",
                    101 => "[CLS]",
                    102 => "[SEP]",
                    103 => "[MASK]",
                    _ => $"w{id}",
                }
            );

    private static void WriteBytePairs(string folder, int count, string[] start, string[] end)
    {
        string[] tokens = [.. start, .. Bytes(), .. Enumerable.Range(0, count).Select(static id => $"w{id}")];
        var vocabulary = new JsonObject();
        foreach (string? token in tokens.Take(count - end.Length).Concat(end))
        {
            vocabulary[token] = vocabulary.Count;
        }

        File.WriteAllText(Path.Combine(folder, "vocab.json"), vocabulary.ToJsonString(new JsonSerializerOptions { WriteIndented = false }));
        File.WriteAllText(Path.Combine(folder, "merges.txt"), "#version: 0.2\n");
    }

    private static IEnumerable<string> Bytes()
    {
        int standIn = FirstStandIn;
        for (int value = 0; value < 256; value++)
        {
            bool isVisible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            yield return ((char)(isVisible ? value : standIn++)).ToString();
        }
    }
}
