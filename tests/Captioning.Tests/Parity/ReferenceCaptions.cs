using System.Text.Json;

namespace ImageToText.Captioning.Tests.Parity;

/// <summary>What transformers made of the pictures with one checkpoint (its expected.json).</summary>
internal sealed record ReferenceCaptions(ReferenceVision Vision, IReadOnlyList<ReferenceCaption> Cases)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static ReferenceCaptions Read(string path) => JsonSerializer.Deserialize<ReferenceCaptions>(File.ReadAllBytes(path), SnakeCase)!;
}

internal sealed record ReferenceVision(string Image, float[] FirstToken, float[] LastToken);

internal sealed record ReferenceCaption
{
    public required string Image { get; init; }

    public string? Prompt { get; init; }

    public string? Mode { get; init; }

    public ReferenceOptions Options { get; init; } = new();

    public int[] StartIds { get; init; } = [];

    /// <summary>What a text encoder reads beside the picture.</summary>
    public int[] PromptIds { get; init; } = [];

    public int[] Sequence { get; init; } = [];

    public required string Text { get; init; }

    /// <summary>What people expect of a text whose characters are tokens; null: <see cref="Text"/>.</summary>
    public string? TextWithoutSpaces { get; init; }

    public float[] LogProbabilities { get; init; } = [];

    public double? Score { get; init; }

    public Dictionary<string, float> FirstLogits { get; init; } = [];

    /// <summary>The generated ids without start ids and closing token.</summary>
    public IEnumerable<int> GeneratedIds(int endId) => Sequence.Skip(StartIds.Length).TakeWhile(id => id != endId);

    /// <summary>The request that the reference answered.</summary>
    public CaptionOptions Request =>
        new()
        {
            Prompt = Prompt,
            MaxNewTokens = 20,
            NumBeams = Options.NumBeams ?? 1,
            MinNewTokens = Options.MinNewTokens,
            LengthPenalty = Options.LengthPenalty,
            RepetitionPenalty = Options.RepetitionPenalty,
            NoRepeatNgramSize = Options.NoRepeatNgramSize,
            EarlyStopping = Options.EarlyStopping switch
            {
                true => EarlyStopping.WhenFull,
                false => EarlyStopping.Heuristic,
                null => null,
            },
            SuppressDefectWords = false,
            Background = Background.Drop,
            SixteenBit = SixteenBit.Clip,
            Frame = 0,
        };
}

internal sealed record ReferenceOptions
{
    public int? NumBeams { get; init; }

    public int? MinNewTokens { get; init; }

    public float? LengthPenalty { get; init; }

    public float? RepetitionPenalty { get; init; }

    public int? NoRepeatNgramSize { get; init; }

    public bool? EarlyStopping { get; init; }
}
