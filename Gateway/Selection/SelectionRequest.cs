using System.Collections.Immutable;

namespace ImageToText.Gateway.Selection;

/// <summary>What a caption needs of a node.</summary>
/// <param name="ModelId">The model to caption with.</param>
/// <param name="MaxPricePerPixel">The least of the caps of request, key and gateway, in USD per pixel; null: none.</param>
internal sealed record SelectionRequest(string ModelId, decimal? MaxPricePerPixel)
{
    /// <summary>Ids of the nodes that were asked before for this caption.</summary>
    public ImmutableArray<string> Tried { get; init; } = [];
}
