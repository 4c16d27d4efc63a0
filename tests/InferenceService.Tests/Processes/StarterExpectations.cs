using System.Globalization;
using System.Text.Json;

namespace ImageToText.InferenceService.Tests.Processes;

/// <summary>A caption made by the starter's reference implementation.</summary>
internal sealed record StarterCaption(
    string Picture,
    int NumBeams,
    double RepetitionPenalty,
    string? Prompt,
    IReadOnlyList<int> TokenIds,
    string Text
)
{
    public byte[] Image => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "images", Picture));

    public (string, string)[] Fields =>
        [
            ("num_beams", NumBeams.ToString(CultureInfo.InvariantCulture)),
            ("repetition_penalty", RepetitionPenalty.ToString(CultureInfo.InvariantCulture)),
            ("prompt", Prompt ?? ""),
            ("max_new_tokens", "20"),
            ("suppress_defect_words", "false"),
            ("details", "true"),
            // The reference was made with Pillow's convert("RGB").
            ("background", "drop"),
            ("sixteen_bit", "clip"),
        ];
}

/// <summary>models/starter/expected.json.</summary>
internal static class StarterExpectations
{
    /// <summary>All captions except those whose two best choices are too close for another machine's rounding.</summary>
    public static IReadOnlyList<StarterCaption> All { get; } = Read();

    public static StarterCaption Greedy(string picture) =>
        All.First(caption => caption is { NumBeams: 1, Prompt: null } && caption.Picture == picture);

    private static StarterCaption[] Read()
    {
        using var expected = JsonDocument.Parse(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "starter-captions.json"))
        );
        return
        [
            .. from entry in expected.RootElement.GetProperty("cases").EnumerateArray()
            where !entry.TryGetProperty("smallest_gap", out var gap) || gap.GetDouble() >= 0.01
            select new StarterCaption(
                entry.GetProperty("image").GetString()!,
                entry.GetProperty("num_beams").GetInt32(),
                entry.GetProperty("repetition_penalty").GetDouble(),
                entry.GetProperty("prompt").GetString(),
                [.. entry.GetProperty("token_ids").EnumerateArray().Select(id => id.GetInt32())],
                entry.GetProperty("text").GetString()!
            ),
        ];
    }
}
