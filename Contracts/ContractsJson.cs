using System.Text.Json.Serialization;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Budgets;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Idempotency;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Quotes;
using ImageToText.Contracts.Registry;

namespace ImageToText.Contracts;

/// <summary>Source-generated JSON for everything that the services send each other: <c>snake_case</c>, without nulls.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    PropertyNameCaseInsensitive = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = false
)]
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(NodeRegistration))]
[JsonSerializable(typeof(NodeHeartbeat))]
[JsonSerializable(typeof(NodeLease))]
[JsonSerializable(typeof(NodeStateChange))]
[JsonSerializable(typeof(NodeInfo))]
[JsonSerializable(typeof(IReadOnlyList<NodeInfo>))]
[JsonSerializable(typeof(NodeHardware))]
[JsonSerializable(typeof(IReadOnlyList<NodeModel>))]
[JsonSerializable(typeof(NetworkUpdate))]
[JsonSerializable(typeof(Price))]
[JsonSerializable(typeof(PriceChange))]
[JsonSerializable(typeof(PriceList))]
[JsonSerializable(typeof(IReadOnlyList<PriceHistoryEntry>))]
[JsonSerializable(typeof(Quote))]
[JsonSerializable(typeof(KeySettings))]
[JsonSerializable(typeof(KeyInfo))]
[JsonSerializable(typeof(Budget))]
[JsonSerializable(typeof(AccountSettings))]
[JsonSerializable(typeof(AccountInfo))]
[JsonSerializable(typeof(IReadOnlyList<AccountInfo>))]
[JsonSerializable(typeof(BudgetNotice))]
[JsonSerializable(typeof(IReadOnlyList<KeyInfo>))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(KeyRotation))]
[JsonSerializable(typeof(KeyValidationRequest))]
[JsonSerializable(typeof(KeyGrant))]
[JsonSerializable(typeof(SliceRequest))]
[JsonSerializable(typeof(SliceAnswer))]
[JsonSerializable(typeof(SliceShrinkRequest))]
[JsonSerializable(typeof(SliceRenewal))]
[JsonSerializable(typeof(SliceList))]
[JsonSerializable(typeof(IdempotencyClaim))]
[JsonSerializable(typeof(IdempotencyAnswer))]
[JsonSerializable(typeof(IdempotencyResult))]
[JsonSerializable(typeof(UsageBatch))]
[JsonSerializable(typeof(UsageReceipt))]
[JsonSerializable(typeof(LedgerPage))]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(EarningsReport))]
[JsonSerializable(typeof(AccountStatements))]
[JsonSerializable(typeof(ArchivedRecord))]
[JsonSerializable(typeof(ArchiveRequest))]
[JsonSerializable(typeof(LedgerArchiveInfo))]
[JsonSerializable(typeof(IReadOnlyList<LedgerArchiveInfo>))]
[JsonSerializable(typeof(OwnerStatements))]
[JsonSerializable(typeof(ReconciliationReport))]
[JsonSerializable(typeof(ModelCatalogue))]
[JsonSerializable(typeof(ModelRequestBody))]
[JsonSerializable(typeof(ModelRequest))]
[JsonSerializable(typeof(IReadOnlyList<ModelRequest>))]
[JsonSerializable(typeof(IReadOnlyList<VerificationStep>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(VerificationMeasurements))]
[JsonSerializable(typeof(VerificationLeaseRequest))]
[JsonSerializable(typeof(VerificationJob))]
[JsonSerializable(typeof(VerificationStepReport))]
[JsonSerializable(typeof(VerificationResult))]
public sealed partial class ContractsJson : JsonSerializerContext;
