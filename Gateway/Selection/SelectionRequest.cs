using System.Collections.Immutable;

namespace ImageToText.Gateway.Selection;

/// <summary>What a caption needs from a node.</summary>
/// <param name="ModelId">The model that captions.</param>
/// <param name="MaxPricePerPixel">The lowest cap of request, key and gateway, in USD per pixel; null: none.</param>
internal sealed record SelectionRequest(string ModelId, decimal? MaxPricePerPixel)
{
    /// <summary>How many sequences are asked for.</summary>
    public int Sequences { get; init; } = 1;

    /// <summary>Whether it is an item of a job, which finds others before it that don't find it.</summary>
    public bool IsItem { get; init; }

    /// <summary>Ids of the nodes that were already asked for this caption.</summary>
    public ImmutableArray<string> Tried { get; init; } = [];

    /// <summary>The option by which the caller wants the picture's pixels read as no plain runner reads them; null: none.</summary>
    public string? OwnPixels { get; init; }
}
