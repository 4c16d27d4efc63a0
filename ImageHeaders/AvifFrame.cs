namespace ImageToText.ImageHeaders;

/// <summary>Where the first picture of an AVIF sequence lies in its file.</summary>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
/// <param name="Sample">Its bytes, an AV1 temporal unit.</param>
/// <param name="Configuration">The box that tells how to decode it (av1C), whole.</param>
/// <param name="Colours">The box of its colours (colr), whole; empty: there is none.</param>
/// <param name="Aperture">The box of the part that is shown (clap), whole; empty: there is none.</param>
/// <param name="Rotation">The box of its rotation (irot), whole; empty: there is none.</param>
/// <param name="Mirror">The box of its mirror (imir), whole; empty: there is none.</param>
public readonly record struct AvifFrame(
    int Width,
    int Height,
    Range Sample,
    Range Configuration,
    Range Colours,
    Range Aperture,
    Range Rotation,
    Range Mirror
);
