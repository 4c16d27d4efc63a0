using System.Text.Json;

namespace ImageToText.Captioning.Tokenization.ByteLevel;

/// <summary>Reads a byte-level BPE from tokenizer.json.</summary>
internal static class ByteLevelJson
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="ModelFormatException">Something is not supported; the message names file and key.</exception>
    public static ByteLevelModel Read(string path, JsonPlace root)
    {
        var model = root.Get("model", JsonValueKind.Object, "a BPE tokenizer");
        model.Expect("dropout", value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0, "no dropout");
        model.Expect("continuing_subword_prefix", IsEmpty, "nothing, with BPE,");
        model.Expect("end_of_word_suffix", IsEmpty, "nothing, with BPE,");
        model.Expect("byte_fallback", value => value.ValueKind == JsonValueKind.False, "false");
        root.Expect("normalizer", _ => false, "no normalizer, with BPE,");
        var decoder = root.Get("decoder", JsonValueKind.Object, "the decoder of a byte-level BPE");
        if (decoder.Type != "ByteLevel")
        {
            throw decoder.UnknownType("ByteLevel");
        }

        return WithSplits(
            new ByteLevelModel
            {
                Pieces = Pieces(path, model),
                Merges = [.. model.Get("merges", JsonValueKind.Array, "the list of merges of a BPE").Items().Select(Merge)],
                TakesWholeWords = model.Flag("ignore_merges") ?? false,
                SplitWords = false,
            },
            root.Get("pre_tokenizer", JsonValueKind.Object, "the splitting rule of a byte-level BPE")
        );
    }

    private static bool IsEmpty(JsonElement value) => value.ValueEquals("");

    private static string?[] Pieces(string path, JsonPlace model)
    {
        var vocabulary = model.Get("vocab", JsonValueKind.Object, "an object of pieces and ids");
        var pieces = new Vocabulary(path, "model.vocab of the BPE tokenizer");
        foreach (var entry in vocabulary.Element.EnumerateObject())
        {
            pieces.Add(entry.Name, vocabulary.With(entry.Value).Id(entry.Name));
        }

        return pieces.ToPieces();
    }

    /// <summary>A merge is a pair or, in older files, a text with a space between the two.</summary>
    private static (string Left, string Right) Merge(JsonPlace place)
    {
        string[] pair = place.Element.ValueKind switch
        {
            JsonValueKind.String => place.Element.GetString()!.Split(' '),
            JsonValueKind.Array =>
            [
                .. place.Element.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : ""),
            ],
            _ => [],
        };
        return pair is [{ Length: > 0 } left, { Length: > 0 } right] ? (left, right) : throw place.Refused("a pair of pieces");
    }

    private static ByteLevelModel WithSplits(ByteLevelModel model, JsonPlace place) =>
        place.Type switch
        {
            "ByteLevel" => model with
            {
                AddPrefixSpace = place.Flag("add_prefix_space") ?? true,
                SplitWords = place.Flag("use_regex") ?? true,
            },
            "Digits" when place.Flag("individual_digits") is true => model with { SplitDigits = true },
            "Digits" => throw place.Refused("individual_digits true"),
            "Sequence" => place.Get("pretokenizers", JsonValueKind.Array, "a list").Items().Aggregate(model, WithSplits),
            _ => throw place.UnknownType("ByteLevel, Digits or Sequence"),
        };
}
