namespace ImageToText.Captioning;

/// <summary>How gray of 16 bits becomes gray of 8.</summary>
public enum SixteenBit
{
    /// <summary>By its high byte, like colours of 16 bits: black stays black and white stays white.</summary>
    Scale,

    /// <summary>Values above 255 are cut to 255, as Pillow does it.</summary>
    Clip,
}
