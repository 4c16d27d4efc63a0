using System.Text.Json;

namespace ImageToText.Captioning.Tokenization;

/// <summary>Gathers added tokens from the files that may have them. A later file overrides an earlier one.</summary>
internal sealed class AddedTokenList
{
    // In the order of their first appearance.
    private readonly OrderedDictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);

    /// <summary>All tokens.</summary>
    public IReadOnlyCollection<AddedToken> All => _tokens.Values;

    /// <summary>The control tokens.</summary>
    public IReadOnlySet<string> Special =>
        _tokens.Values.Where(token => token.IsSpecial).Select(token => token.Content).ToHashSet(StringComparer.Ordinal);

    /// <summary>Adds a control token: a text, or an object with its content.</summary>
    /// <returns>Its spelling; null if it is empty.</returns>
    /// <exception cref="ModelFormatException">It is neither.</exception>
    public string? AddNamed(JsonPlace place)
    {
        string? content = place.Element.ValueKind == JsonValueKind.String ? place.Element.GetString() : place.Text("content");
        if (content is null)
        {
            throw place.Refused("a token, or an object with its content,");
        }

        if (content.Length == 0)
        {
            return null;
        }

        Add(content, place, token => token with { IsSpecial = true });
        return content;
    }

    /// <summary>Adds a list of control tokens, or an object whose values are such tokens.</summary>
    public void AddNamedList(JsonPlace? place)
    {
        var items = place?.Element.ValueKind switch
        {
            null => [],
            JsonValueKind.Array => place.Value.Items(),
            JsonValueKind.Object => place.Value.Element.EnumerateObject().Select(property => place.Value.With(property.Value)),
            _ => throw place.Value.Refused("a list of tokens"),
        };
        foreach (var item in items)
        {
            AddNamed(item);
        }
    }

    /// <summary>Adds added_tokens.json: tokens and their ids.</summary>
    public void AddIds(JsonPlace file)
    {
        if (file.Element.ValueKind == JsonValueKind.Object)
        {
            foreach (var entry in file.Element.EnumerateObject().Where(entry => entry.Name.Length > 0))
            {
                int id = file.With(entry.Value).Id(entry.Name);
                Add(entry.Name, null, token => token with { Id = id });
            }
        }
    }

    /// <summary>Adds added_tokens from tokenizer.json.</summary>
    public void AddTokenizerJson(JsonPlace? place)
    {
        if (place is { } list)
        {
            list.Require(JsonValueKind.Array, "a list of tokens");
            foreach (var item in list.Items())
            {
                AddWithId(item, item.Get("id", JsonValueKind.Number, "an id"));
            }
        }
    }

    /// <summary>Adds added_tokens_decoder from tokenizer_config.json: tokens by id.</summary>
    public void AddDecoder(JsonPlace? place)
    {
        if (place is { } map)
        {
            map.Require(JsonValueKind.Object, "an object of ids and tokens");
            foreach (var entry in map.Element.EnumerateObject())
            {
                using var id = Parse(map, entry.Name);
                AddWithId(map.With(entry.Value), map.With(id.RootElement));
            }
        }
    }

    private static JsonDocument Parse(JsonPlace place, string id)
    {
        try
        {
            return JsonDocument.Parse(id);
        }
        catch (JsonException)
        {
            throw place.Refused("an object of ids and tokens");
        }
    }

    private void AddWithId(JsonPlace place, JsonPlace id)
    {
        string content = place.Text("content") ?? throw place.Refused("a token with its content");
        if (content.Length > 0)
        {
            int number = id.Id(content);
            Add(content, place, token => token with { Id = number, IsSpecial = place.Flag("special") ?? token.IsSpecial });
        }
    }

    private void Add(string content, JsonPlace? flags, Func<AddedToken, AddedToken> change)
    {
        var token = change(_tokens.GetValueOrDefault(content, new AddedToken(content)));
        _tokens[content] = flags is not { } place
            ? token
            : token with
            {
                StripsLeft = place.Flag("lstrip") ?? token.StripsLeft,
                StripsRight = place.Flag("rstrip") ?? token.StripsRight,
                IsSingleWord = place.Flag("single_word") ?? token.IsSingleWord,
                IsNormalized = place.Flag("normalized") ?? token.IsNormalized,
            };
    }
}
