using System.Text.Json;

namespace ImageToText.Captioning.Tokenization.Unigram;

/// <summary>Reads a unigram vocabulary from tokenizer.json.</summary>
internal static class UnigramJson
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="ModelFormatException">Something is not supported; the message names file and key.</exception>
    public static UnigramModel Read(string path, JsonPlace root)
    {
        var model = root.Get("model", JsonValueKind.Object, "a Unigram tokenizer");
        model.Expect("byte_fallback", value => value.ValueKind == JsonValueKind.False, "false");
        JsonPlace[] vocabulary = [.. model.Get("vocab", JsonValueKind.Array, "a list of pieces and scores").Items()];
        var pieces = new Vocabulary(path, "model.vocab");
        double[] scores = new double[vocabulary.Length];
        foreach ((int id, var entry) in vocabulary.Index())
        {
            if (
                entry.Element.ValueKind != JsonValueKind.Array
                || entry.Element.GetArrayLength() != 2
                || entry.Element[0].ValueKind != JsonValueKind.String
                || entry.Element[1].ValueKind != JsonValueKind.Number
            )
            {
                throw entry.Refused("a piece and its score");
            }

            scores[id] = entry.Element[1].GetDouble();
            pieces.Add(entry.Element[0].GetString()!, id);
        }

        var unknown = model.Get("unk_id", JsonValueKind.Number, "the id of the unknown piece");
        var decoder = root.Get("decoder", JsonValueKind.Object, "the decoder of a unigram tokenizer");
        if (decoder.Type != "Metaspace")
        {
            throw decoder.UnknownType("Metaspace");
        }

        RequireReplacement(decoder);
        int unknownId = unknown.Id("unk_id");
        return WithSplits(
            new UnigramModel
            {
                Pieces = pieces.ToPieces(),
                Scores = scores,
                UnknownId = unknownId < scores.Length ? unknownId : throw unknown.Refused("one of the vocabulary's ids"),
                Normalizers = Normalizers(root.Find("normalizer")),
                Prefix = PrefixSpace.Never,
                SplitsAtSpaces = false,
            },
            root.Get("pre_tokenizer", JsonValueKind.Object, "the splitting rule of a unigram tokenizer")
        );
    }

    private static UnigramModel WithSplits(UnigramModel model, JsonPlace place)
    {
        switch (place.Type)
        {
            case "WhitespaceSplit":
                return model with { SplitsAtWhiteSpace = true };

            case "Metaspace":
                RequireReplacement(place);
                return model with { Prefix = Prefix(place), SplitsAtSpaces = place.Flag("split") ?? true };

            case "Sequence":
                return place.Get("pretokenizers", JsonValueKind.Array, "a list").Items().Aggregate(model, WithSplits);

            default:
                throw place.UnknownType("Metaspace, WhitespaceSplit or Sequence");
        }
    }

    private static PrefixSpace Prefix(JsonPlace place) =>
        place.Text("prepend_scheme") switch
        {
            "always" => PrefixSpace.Always,
            "first" => PrefixSpace.First,
            "never" => PrefixSpace.Never,
            null => place.Flag("add_prefix_space") ?? true ? PrefixSpace.Always : PrefixSpace.Never,
            _ => throw place.Find("prepend_scheme")!.Value.Refused("always, first or never"),
        };

    private static void RequireReplacement(JsonPlace place) =>
        place.Expect("replacement", value => value.ValueEquals(UnigramModel.Space.ToString()), $"\"{UnigramModel.Space}\"");

    private static Func<string, string>[] Normalizers(JsonPlace? normalizer) =>
        normalizer is not { } place
            ? []
            : place.Type switch
            {
                "Sequence" => [.. place.Get("normalizers", JsonValueKind.Array, "a list").Items().SelectMany(item => Normalizers(item))],
                "Precompiled" => place.Find("precompiled_charsmap") is { } map ? [Map(map)] : [],
                "Replace" => [Replacement(place)],
                _ => throw place.UnknownType("Precompiled, Replace or Sequence"),
            };

    private static Func<string, string> Map(JsonPlace place) =>
        place.Element.ValueKind == JsonValueKind.String
        && place.Element.TryGetBytesFromBase64(out byte[]? bytes)
        && PrecompiledCharacterMap.Read(bytes) is { } map
            ? map.Normalize
            : throw place.Refused("a table of characters in base64");

    /// <summary>Only what SentencePiece tokenizers have: several spaces become one.</summary>
    private static Func<string, string> Replacement(JsonPlace place)
    {
        string? pattern = place.Get("pattern", JsonValueKind.Object, "a pattern").Text("Regex");
        string? content = place.Text("content");
        return pattern == " {2,}" && content is " " or "\u2581"
            ? text => SpaceRuns.Collapse(text, content)
            : throw place.Refused("the replacement of several spaces (\" {2,}\") by one");
    }
}
