using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Prices;

namespace ImageToText.Gateway.Billing;

/// <summary>
/// What one caption costs and whose key pays: pixels times price times factor. It is made once, when the price is known;
/// reservation, answer, record and metrics all read it.
/// </summary>
internal sealed record Charge
{
    /// <summary>Makes the charge.</summary>
    /// <param name="key">The key that pays.</param>
    /// <param name="modelId">The model that captions.</param>
    /// <param name="nodeId">The node that captions; null: none, because the caption was cached.</param>
    /// <param name="pixels">The pixels that are charged (<see cref="Cost.PixelsOf"/>).</param>
    /// <param name="usdPerPixel">The price at which the caption is or was made.</param>
    /// <param name="sequences">The factor for the sequences returned (<see cref="Cost.Factor"/>).</param>
    /// <param name="share">The share of all that to pay: 1 if a node captions, less for a cached caption.</param>
    public Charge(KeyGrant key, string modelId, string? nodeId, long pixels, decimal usdPerPixel, decimal sequences = 1, decimal share = 1)
    {
        Key = key;
        ModelId = modelId;
        NodeId = nodeId;
        Pixels = pixels;
        UsdPerPixel = usdPerPixel;
        Sequences = sequences;
        Share = share;
        CostUsd = Cost.Of(pixels, ChargedPerPixel);
    }

    /// <summary>The key that pays.</summary>
    public KeyGrant Key { get; }

    /// <summary>The model that captions, by the id in the ledger.</summary>
    public string ModelId { get; }

    /// <summary>The model, if the key has a budget for it.</summary>
    public string? BudgetedModelId => Key.BudgetedModels?.Contains(ModelId) == true ? ModelId : null;

    /// <summary>Whether it must be reserved.</summary>
    public bool NeedsBudget => CostUsd > 0 && (Key.HasBudget || BudgetedModelId is not null);

    /// <summary>The node that captions; null: none, because the caption was cached.</summary>
    public string? NodeId { get; }

    /// <summary>The pixels that are charged: the picture's, or more if the model cuts it into tiles.</summary>
    public long Pixels { get; }

    /// <summary>The price at which the caption is or was made, in USD per pixel.</summary>
    public decimal UsdPerPixel { get; }

    /// <summary>The factor for the sequences returned.</summary>
    public decimal Sequences { get; }

    /// <summary>The share to pay.</summary>
    public decimal Share { get; }

    /// <summary>What a pixel costs the caller, in USD: the price times its factors.</summary>
    public decimal ChargedPerPixel => UsdPerPixel * Sequences * Share;

    /// <summary>What the caption costs the caller, in USD.</summary>
    public decimal CostUsd { get; }

    /// <summary>The same caption with another factor for the sequences returned.</summary>
    public Charge For(decimal sequences) => new(Key, ModelId, NodeId, Pixels, UsdPerPixel, sequences, Share);

    /// <summary>The same caption at a share of this charge.</summary>
    public Charge Times(decimal share) => new(Key, ModelId, NodeId, Pixels, UsdPerPixel, Sequences, Share * share);
}
