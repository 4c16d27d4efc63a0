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
    /// <param name="nodeId">The node that captions; null: none, because the caption was cached.</param>
    /// <param name="pixels">The pixels that are charged (<see cref="Cost.PixelsOf"/>).</param>
    /// <param name="usdPerPixel">The price at which the caption is or was made.</param>
    /// <param name="factor">The factor for that price: 1 if a node captions, less for a cached caption.</param>
    public Charge(KeyGrant key, string? nodeId, long pixels, decimal usdPerPixel, decimal factor = 1)
    {
        Key = key;
        NodeId = nodeId;
        Pixels = pixels;
        UsdPerPixel = usdPerPixel;
        Factor = factor;
        CostUsd = Cost.Of(pixels, ChargedPerPixel);
    }

    /// <summary>The key that pays.</summary>
    public KeyGrant Key { get; }

    /// <summary>The node that captions; null: none, because the caption was cached.</summary>
    public string? NodeId { get; }

    /// <summary>The pixels that are charged: the picture's, or more if the model cuts it into tiles.</summary>
    public long Pixels { get; }

    /// <summary>The price at which the caption is or was made, in USD per pixel.</summary>
    public decimal UsdPerPixel { get; }

    /// <summary>The factor for <see cref="UsdPerPixel"/>.</summary>
    public decimal Factor { get; }

    /// <summary>What a pixel costs the caller, in USD: the price times its factor.</summary>
    public decimal ChargedPerPixel => UsdPerPixel * Factor;

    /// <summary>What the caption costs the caller, in USD.</summary>
    public decimal CostUsd { get; }

    /// <summary>The same caption at a share, or a multiple, of this charge.</summary>
    public Charge Times(decimal factor) => new(Key, NodeId, Pixels, UsdPerPixel, Factor * factor);
}
