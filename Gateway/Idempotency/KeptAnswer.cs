using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Idempotency;

/// <summary>An answer as the pricing service keeps it for a day.</summary>
internal sealed record KeptAnswer(
    CaptionResponse Caption,
    string ModelId,
    string? ModelRevision,
    CacheOutcome Cache,
    string? NodeId,
    long Pixels,
    decimal UsdPerPixel,
    decimal Sequences,
    decimal Share,
    bool PromptIgnored
)
{
    /// <summary>An answer as text.</summary>
    public static string Write(CaptionAnswer answer, CaptionResponse caption) =>
        JsonSerializer.Serialize(
            new KeptAnswer(
                caption,
                answer.ModelId,
                answer.ModelRevision,
                answer.Cache,
                answer.Charge.NodeId,
                answer.Charge.Pixels,
                answer.Charge.UsdPerPixel,
                answer.Charge.Sequences,
                answer.Charge.Share,
                answer.PromptIgnored
            ),
            KeptAnswerJson.Default.KeptAnswer
        );

    /// <summary>The same answer once more. Its charge is shown, not settled again.</summary>
    public static CaptionAnswer Read(string text, KeyGrant caller)
    {
        var kept = JsonSerializer.Deserialize(text, KeptAnswerJson.Default.KeptAnswer)!;
        return new CaptionAnswer
        {
            Whole = kept.Caption,
            ModelId = kept.ModelId,
            ModelRevision = kept.ModelRevision,
            Cache = kept.Cache,
            Charge = new Charge(caller, kept.ModelId, kept.NodeId, kept.Pixels, kept.UsdPerPixel, kept.Sequences, kept.Share),
            Reservation = Reservation.OfNothing(),
            PromptIgnored = kept.PromptIgnored,
            IsReplay = true,
        };
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(KeptAnswer))]
internal sealed partial class KeptAnswerJson : JsonSerializerContext;
