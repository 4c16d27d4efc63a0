namespace ImageToText.Contracts.Prices;

/// <summary>
/// The only place that computes a picture's cost, so that quote, header, usage and ledger agree to the last digit.
/// </summary>
/// <remarks>
/// A cost has 18 decimal places of a dollar. With ten digits before the point these are the ledger's 28 digits, and any number of
/// costs can be added in <see cref="decimal"/> without rounding.
/// </remarks>
public static class Cost
{
    /// <summary>Decimal places of a cost.</summary>
    public const int Scale = 18;

    /// <summary>Cost of captioning a picture.</summary>
    /// <param name="width">Width in pixels, from the header.</param>
    /// <param name="height">Height in pixels, from the header.</param>
    /// <param name="usdPerPixel">Price in USD per pixel.</param>
    /// <returns>USD, without trailing zeros: 512 x 512 at 2.5e-10 is exactly 0.000065536.</returns>
    public static decimal Of(int width, int height, decimal usdPerPixel) => Of((long)width * height, usdPerPixel);

    /// <summary>Cost of a number of input pixels.</summary>
    /// <param name="pixels">Input pixels, of all pictures of one request.</param>
    /// <param name="usdPerPixel">Price in USD per pixel.</param>
    /// <returns>USD, without trailing zeros.</returns>
    public static decimal Of(long pixels, decimal usdPerPixel) =>
        WithoutTrailingZeros(decimal.Round(pixels * usdPerPixel, Scale, MidpointRounding.ToEven));

    /// <summary>The pixels that a picture is charged for: its own, or those of all its views if they are more.</summary>
    /// <param name="width">Width in pixels, from the header.</param>
    /// <param name="height">Height in pixels, from the header.</param>
    /// <param name="tiles">How the model cuts pictures; null: it sees each as a whole.</param>
    public static long PixelsOf(int width, int height, PictureTiles? tiles) =>
        Math.Max((long)width * height, tiles?.WorkPixels(width, height) ?? 0);

    /// <summary>What a price is multiplied with for several sequences of one picture.</summary>
    /// <param name="sequences">Returned sequences, at least 1. Beams don't count.</param>
    /// <param name="share">What each sequence after the first costs, as a share of the first; null: as much.</param>
    public static decimal Factor(int sequences, decimal? share) => WithoutTrailingZeros(1 + ((sequences - 1) * (share ?? 1)));

    /// <summary>Returns the same amount in its shortest form: 0.0000655360 becomes 0.000065536.</summary>
    /// <param name="amount">Any amount.</param>
    /// <returns>An equal decimal whose text has no trailing zeros.</returns>
    public static decimal WithoutTrailingZeros(decimal amount) => amount / 1.0000000000000000000000000000m;
}
