using ImageToText.Contracts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Network;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Catalogue;

/// <summary>The models of the network: what nodes offer, and what was verified.</summary>
internal sealed class ModelCatalogueView(Store store, RegisteredNetwork network)
{
    public async Task<ModelCatalogue> ListAsync(CancellationToken cancellationToken)
    {
        var (nodes, defaultModelId) = await network.NodesAsync(cancellationToken);
        var verified = await store.ReadAsync(db =>
            db.VerifiedModels.ToDictionaryAsync(model => model.ModelId, StringComparer.Ordinal, cancellationToken)
        );
        var offered = nodes
            .Where(node => node.State == NodeState.Active)
            .SelectMany(node => node.Models)
            .ToLookup(model => model.ModelId, StringComparer.Ordinal);
        return new(
            [
                .. offered
                    .Select(models => models.Key)
                    .Union(verified.Keys, StringComparer.Ordinal)
                    .Select(modelId => Describe(modelId, [.. offered[modelId]], verified.GetValueOrDefault(modelId)))
                    .OrderBy(model => model.State is null ? int.MaxValue : (int)model.State)
                    .ThenBy(model => model.ModelId, StringComparer.Ordinal),
            ],
            defaultModelId
        );
    }

    public async Task<CatalogueModel> GetAsync(string modelId, CancellationToken cancellationToken) =>
        (await ListAsync(cancellationToken)).Models.FirstOrDefault(model => model.ModelId == modelId)
        ?? throw PricingRefusals.NotFound(
            $"No node has the model {modelId} and it was never verified: ask for it with POST /models/requests."
        );

    private static CatalogueModel Describe(string modelId, IReadOnlyList<NetworkModel> offered, VerifiedModel? verified) =>
        new(
            modelId,
            offered.Count == 0 ? null : offered.Min(model => model.State),
            verified is not null,
            verified?.VerifiedAt,
            offered.Count,
            offered.Count(model => model.State == ModelState.Warm),
            offered.Sum(model => model.Capacity),
            offered.Min(model => model.UsdPerPixel),
            StoredJson.Read(verified?.MeasurementsJson, ContractsJson.Default.VerificationMeasurements),
            offered.Select(static model => model.PromptUse).FirstOrDefault(static use => use is not null),
            offered.Select(static model => model.SequenceShare).FirstOrDefault(),
            offered.Select(static model => model.Languages).FirstOrDefault(static languages => languages is not null)
        );
}
