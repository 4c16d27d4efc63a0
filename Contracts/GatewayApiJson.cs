using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Jobs;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;

namespace ImageToText.Contracts;

/// <summary>JSON for the gateway's own API, generated at build time: snake case, without nulls.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(CaptionResponse))]
[JsonSerializable(typeof(CaptionPiece))]
[JsonSerializable(typeof(BatchAnswer))]
[JsonSerializable(typeof(BatchEnd))]
[JsonSerializable(typeof(JobInfo))]
[JsonSerializable(typeof(JobNotice))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(JobResult))]
[JsonSerializable(typeof(JobQuote))]
[JsonSerializable(typeof(OwnUsage))]
[JsonSerializable(typeof(Quote))]
[JsonSerializable(typeof(PriceList))]
[JsonSerializable(typeof(ModelCatalogue))]
[JsonSerializable(typeof(CatalogueModel))]
[JsonSerializable(typeof(ModelRequest))]
[JsonSerializable(typeof(ModelRequestBody))]
public sealed partial class GatewayApiJson : JsonSerializerContext;
