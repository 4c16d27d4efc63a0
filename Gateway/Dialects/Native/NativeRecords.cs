using System.Text.Json.Serialization;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Gateway.Catalogue;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>Every error in our own dialect.</summary>
/// <param name="Error">What went wrong.</param>
internal sealed record NativeErrorBody(NativeError Error);

/// <summary>What went wrong.</summary>
/// <param name="Message">For people.</param>
/// <param name="Code">For programs.</param>
/// <param name="RequestId">The request's id.</param>
/// <param name="CheapestPricePerPixel">USD per pixel of the cheapest offer, where all were above the cap.</param>
internal sealed record NativeError(string Message, string Code, string RequestId, decimal? CheapestPricePerPixel);

/// <summary>The answer to a batch: one entry for each picture, in the order in which they came.</summary>
/// <param name="Results">The entries.</param>
/// <param name="CostUsd">What all captions of the batch cost together.</param>
internal sealed record BatchAnswer(IReadOnlyList<BatchEntry> Results, decimal CostUsd);

/// <summary>One picture's caption or error.</summary>
/// <param name="Index">Its place in the batch, from 0.</param>
/// <param name="Name">Its file name.</param>
/// <param name="RequestId">The id under which it was charged, if it was.</param>
/// <param name="Result">The caption; null: there is none.</param>
/// <param name="Error">Why there is none; null: there is one.</param>
/// <param name="Status">The status it would have had alone.</param>
/// <param name="CostUsd">What it costs.</param>
/// <param name="Cache">hit, miss or coalesced.</param>
/// <param name="Node">The node that captioned it.</param>
internal sealed record BatchEntry(
    int Index,
    string? Name,
    string RequestId,
    CaptionResponse? Result,
    NativeError? Error,
    int Status,
    decimal CostUsd,
    string? Cache,
    string? Node);

/// <summary>JSON of the gateway's own answers: snake case, nulls left out.</summary>
[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NativeErrorBody))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(OwnUsage))]
[JsonSerializable(typeof(Quote))]
[JsonSerializable(typeof(PriceList))]
[JsonSerializable(typeof(ModelCatalogue))]
[JsonSerializable(typeof(CatalogueModel))]
[JsonSerializable(typeof(ModelRequest))]
[JsonSerializable(typeof(ModelRequestBody))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(KeySpend))]
internal sealed partial class NativeJson : JsonSerializerContext;
