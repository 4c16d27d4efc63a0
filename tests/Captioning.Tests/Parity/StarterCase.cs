using System.Text.Json;

namespace ImageToText.Captioning.Tests.Parity;

/// <summary>One of the starter's own reference captions (Fixtures/starter-expected.json).</summary>
internal sealed record StarterCase(
    string Image,
    string? Prompt,
    int NumBeams,
    float RepetitionPenalty,
    int[] TokenIds,
    string Text,
    float? SmallestGap
)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The request that the reference answered.</summary>
    public CaptionOptions Request =>
        new()
        {
            Prompt = Prompt,
            NumBeams = NumBeams,
            RepetitionPenalty = RepetitionPenalty,
            MaxNewTokens = 20,
            Background = Background.Drop,
            SixteenBit = SixteenBit.Clip,
            Frame = 0,
        };

    public static StarterCase[] Read(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.GetProperty("cases").Deserialize<StarterCase[]>(SnakeCase)!;
    }
}
