namespace ImageToText.Captioning.Preprocessing;

/// <summary>What a caller may choose about a picture's pixels.</summary>
/// <param name="Background">What is seen where the picture is transparent.</param>
/// <param name="SixteenBit">How gray of 16 bits is shown.</param>
/// <param name="Frame">The frame or page, counted from 0; null: the first frame that isn't blank, or the first page.</param>
internal readonly record struct PixelChoices(Background Background, SixteenBit SixteenBit, int? Frame)
{
    /// <summary>Where nobody chooses.</summary>
    public static PixelChoices Default { get; } = new(GenerationDefaults.Background, GenerationDefaults.SixteenBit, null);

    /// <summary>Pillow's, of whatever it opens.</summary>
    public static PixelChoices Pillow { get; } = new(Background.Drop, SixteenBit.Clip, 0);

    /// <summary>A request's choices.</summary>
    public static PixelChoices Of(CaptionOptions options) =>
        new(options.Background ?? Default.Background, options.SixteenBit ?? Default.SixteenBit, options.Frame);
}
