using System.Text.Json;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// The tokens with which a checkpoint starts and ends its texts, and those that it forces or forbids. Names are those of
/// transformers.
/// </summary>
internal sealed record GenerationTokens
{
    /// <summary>decoder_start_token_id, else bos_token_id: the start of every text.</summary>
    public int? StartId { get; init; }

    /// <summary>eos_token_id: any of them ends a text.</summary>
    public IReadOnlyList<int> EndIds { get; init; } = [];

    /// <summary>pad_token_id.</summary>
    public int? PadId { get; init; }

    /// <summary>forced_bos_token_id: the first token after a single start token.</summary>
    public int? ForcedFirstId { get; init; }

    /// <summary>forced_eos_token_id: the last token at the maximum length.</summary>
    public IReadOnlyList<int> ForcedLastIds { get; init; } = [];

    /// <summary>bad_words_ids: sequences that are never completed.</summary>
    public IReadOnlyList<int[]> BadWords { get; init; } = [];

    /// <summary>suppress_tokens: never generated.</summary>
    public IReadOnlyList<int> Suppressed { get; init; } = [];

    /// <summary>begin_suppress_tokens: never generated first.</summary>
    public IReadOnlyList<int> SuppressedFirst { get; init; } = [];

    /// <summary>The tokens for a text that one token ends, without other rules.</summary>
    public static GenerationTokens EndedBy(int endId) => new() { EndIds = [endId] };

    /// <summary>
    /// Reads generation_config.json. Whatever it lacks comes from the top level of config.json, else from its decoder or
    /// text_config. Otherwise an end token given only there would never be recognized.
    /// </summary>
    /// <exception cref="ModelFormatException">Not valid JSON, or a value of the wrong kind; names the file and the key.</exception>
    public static GenerationTokens Read(string folder)
    {
        using var sections = GenerationSections.Open(folder, alwaysConfig: true);
        return new GenerationTokens
        {
            StartId = Id("decoder_start_token_id") ?? Id("bos_token_id"),
            EndIds = Ids("eos_token_id"),
            PadId = Id("pad_token_id"),
            ForcedFirstId = Id("forced_bos_token_id"),
            ForcedLastIds = Ids("forced_eos_token_id"),
            BadWords = Lists("bad_words_ids"),
            Suppressed = Ids("suppress_tokens"),
            SuppressedFirst = Ids("begin_suppress_tokens"),
        };

        int? Id(string key) => Ids(key) is [var first, ..] ? first : null;

        int[] Ids(string key) =>
            sections.Find(key) is not { } found ? [] : ReadIds(found.Value) ?? throw found.Refused("a token's id, or a list of ids,");

        int[][] Lists(string key)
        {
            if (sections.Find(key) is not { } found)
            {
                return [];
            }

            int[]?[] lists = found.Value.ValueKind == JsonValueKind.Array ? [.. found.Value.EnumerateArray().Select(ReadList)] : [null];
            return lists.All(list => list is { Length: > 0 }) ? [.. lists.OfType<int[]>()] : throw found.Refused("a list of lists of ids");
        }
    }

    /// <summary>Returns the same tokens if a text can start and end with them.</summary>
    /// <param name="vocabulary">Number of ids.</param>
    /// <exception cref="ModelFormatException">It can't.</exception>
    public GenerationTokens Require(int vocabulary)
    {
        if (StartId is not { } start || EndIds.Count == 0)
        {
            var (key, lost) = StartId is null ? ("decoder_start_token_id", "start") : ("eos_token_id", "end");
            throw new ModelFormatException(
                $"Neither generation_config.json nor config.json sets {key}: without it, text could not {lost}."
            );
        }

        int[] ids = [start, .. EndIds];
        return ids.Max() < vocabulary
            ? this
            : throw new ModelFormatException(
                $"config.json: the decoder has {vocabulary} ids, but decoder_start_token_id or eos_token_id is {ids.Max()}."
            );
    }

    /// <summary>Returns whether a token ends a text.</summary>
    public bool Ends(int id)
    {
        // By index: this runs for every candidate of every step and must allocate nothing.
        for (int i = 0; i < EndIds.Count; i++)
        {
            if (EndIds[i] == id)
            {
                return true;
            }
        }

        return false;
    }

    private static int[]? ReadIds(JsonElement value) =>
        value.ValueKind != JsonValueKind.Number ? ReadList(value)
        : value.TryGetInt32(out int id) && id >= 0 ? [id]
        : null;

    private static int[]? ReadList(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        var ids = new List<int>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out int id) || id < 0)
            {
                return null;
            }

            ids.Add(id);
        }

        return [.. ids];
    }
}
