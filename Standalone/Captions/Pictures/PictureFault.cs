namespace ImageToText.Standalone.Captions.Pictures;

/// <summary>Why a picture got no caption.</summary>
internal enum PictureFault
{
    /// <summary>It can't be read from the disk.</summary>
    Unreadable,

    /// <summary>It is no picture, or one of a kind that is not read.</summary>
    UnknownKind,

    /// <summary>Its bytes are damaged, or it is too large.</summary>
    Broken,

    /// <summary>Its caption can't be written where it was wanted.</summary>
    NotWritten,
}
