using System.Text.Json.Serialization;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Live;

namespace ImageToText.Gateway.Operations;

/// <summary>Body of POST /operations/nodes/{node}/models/load and /unload.</summary>
/// <param name="ModelId">The model.</param>
internal sealed record NamedModel(string? ModelId);

/// <summary>The answer to GET /operations/prices.</summary>
/// <param name="Recommended">The pipeline's recommended price.</param>
/// <param name="Set">Prices that operators have set and that are in effect.</param>
/// <param name="Effective">The price in force for every model of every node.</param>
/// <param name="ExchangeRate">The rate in use, with its age.</param>
/// <param name="Caps">The most that this gateway pays.</param>
internal sealed record OperatorPrices(
    Price Recommended,
    IReadOnlyList<PriceHistoryEntry> Set,
    IReadOnlyList<EffectivePrice> Effective,
    ExchangeRate ExchangeRate,
    IReadOnlyList<PriceCap> Caps
);

/// <summary>The answer to DELETE /operations/keys/{key}.</summary>
/// <param name="KeyId">The key.</param>
internal sealed record RevokedKey(string KeyId);

/// <summary>The answer to GET /operations/session.</summary>
/// <param name="NeedsKey">Whether a visitor of the page must bring a key; not if callers on this machine are lent one.</param>
internal sealed record OperatorSession(bool NeedsKey);

/// <summary>JSON for the operators' routes.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(OperatorSession))]
[JsonSerializable(typeof(LiveFigures))]
[JsonSerializable(typeof(IReadOnlyList<NodeInfo>))]
[JsonSerializable(typeof(NodeStateChange))]
[JsonSerializable(typeof(NamedModel))]
[JsonSerializable(typeof(IReadOnlyList<ModelRequest>))]
[JsonSerializable(typeof(ModelRequestBody))]
[JsonSerializable(typeof(OperatorPrices))]
[JsonSerializable(typeof(PriceChange))]
[JsonSerializable(typeof(IReadOnlyList<PriceHistoryEntry>))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(AccountStatements))]
[JsonSerializable(typeof(OwnerStatements))]
[JsonSerializable(typeof(IReadOnlyList<KeyInfo>))]
[JsonSerializable(typeof(KeySettings))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(KeyInfo))]
[JsonSerializable(typeof(KeyRotation))]
[JsonSerializable(typeof(RevokedKey))]
internal sealed partial class OperationsJson : JsonSerializerContext;
