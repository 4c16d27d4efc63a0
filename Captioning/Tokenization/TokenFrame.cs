using System.Text.Json;

namespace ImageToText.Captioning.Tokenization;

/// <summary>The tokens that a tokenizer puts around a text.</summary>
/// <param name="Opening">Ids before it.</param>
/// <param name="Closing">Ids after it.</param>
internal sealed record TokenFrame(IReadOnlyList<int> Opening, IReadOnlyList<int> Closing)
{
    /// <summary>Nothing around it.</summary>
    public static TokenFrame None { get; } = new([], []);

    /// <summary>A start token and an end token, each if the vocabulary has it.</summary>
    public static TokenFrame Of(string? opening, string? closing, Func<string, int?> idOf) => new(Ids(opening, idOf), Ids(closing, idOf));

    /// <summary>Reads post_processor of tokenizer.json.</summary>
    /// <exception cref="ModelFormatException">It is not supported; the message names the key.</exception>
    public static TokenFrame Read(JsonPlace? postProcessor) =>
        postProcessor is not { } place
            ? None
            : place.Type switch
            {
                "ByteLevel" => None,
                "RobertaProcessing" or "BertProcessing" => new([Pair(place, "cls")], [Pair(place, "sep")]),
                "TemplateProcessing" => Template(place),
                "Sequence" => place
                    .Get("processors", JsonValueKind.Array, "a list")
                    .Items()
                    .Select(item => Read(item))
                    .Aggregate(None, (all, next) => new TokenFrame([.. next.Opening, .. all.Opening], [.. all.Closing, .. next.Closing])),
                _ => throw place.UnknownType("TemplateProcessing, RobertaProcessing, BertProcessing, ByteLevel or Sequence"),
            };

    private static int[] Ids(string? token, Func<string, int?> idOf) => token is not null && idOf(token) is { } id ? [id] : [];

    private static int Pair(JsonPlace place, string key)
    {
        const string expected = "a token and its id";
        var list = place.Get(key, JsonValueKind.Array, expected);
        return list.Items().ToArray() is [var token, var id] ? id.Id(token.Element.ToString()) : throw list.Refused(expected);
    }

    private static TokenFrame Template(JsonPlace place)
    {
        var opening = new List<int>();
        var closing = new List<int>();
        var side = opening;
        foreach (var item in place.Get("single", JsonValueKind.Array, "a list").Items())
        {
            if (item.Find("Sequence") is not null)
            {
                side = closing;
                continue;
            }

            var token = item.Get("SpecialToken", JsonValueKind.Object, "SpecialToken or Sequence");
            string name = token.Text("id") ?? throw token.Refused("a token's name");
            var entry = place
                .Get("special_tokens", JsonValueKind.Object, "the tokens' ids")
                .Get(name, JsonValueKind.Object, "the token's ids");
            side.AddRange(entry.Get("ids", JsonValueKind.Array, "a list of ids").Items().Select(id => id.Id(name)));
        }

        return new TokenFrame(opening, closing);
    }
}
