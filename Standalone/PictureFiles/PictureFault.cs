namespace ImageToText.Standalone.PictureFiles;

/// <summary>Why a picture got no caption.</summary>
internal enum PictureFault
{
    /// <summary>It can't be read from the disk.</summary>
    Unreadable,

    /// <summary>It is not a picture, or a picture of an unsupported kind.</summary>
    UnknownKind,

    /// <summary>Its bytes are damaged, or it is too large.</summary>
    Broken,

    /// <summary>Its caption can't be written.</summary>
    NotWritten,
}
