namespace ImageToText.Captioning;

/// <summary>
/// Captions known from before, by what was decoded: asked after a picture is decoded and before it is encoded, so that the same picture
/// with other metadata or in another lossless container is known. Must not fail and must not keep a request long.
/// </summary>
public interface IPictureCache
{
    /// <summary>Looks for a caption.</summary>
    /// <param name="key">Which.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The caption with all that was kept of it; null: not known.</returns>
    ValueTask<Caption?> FindAsync(PictureCacheKey key, CancellationToken cancellationToken);

    /// <summary>Takes a caption that was made. Nobody waits for what it does with it.</summary>
    /// <param name="key">Which.</param>
    /// <param name="caption">The caption.</param>
    void Keep(PictureCacheKey key, Caption caption);
}

/// <summary>Which caption: the same key gives the same caption.</summary>
/// <param name="Revision">The model's <see cref="LoadedModel.Revision"/>.</param>
/// <param name="PixelHash">SHA-256 (hex) of the whole picture's RGB pixels with its size.</param>
/// <param name="Options">Prompt and options, every one resolved, in one text.</param>
public readonly record struct PictureCacheKey(string Revision, string PixelHash, string Options);

/// <summary>Whether a caption may come from an <see cref="IPictureCache"/> and go there.</summary>
public enum PictureCacheUse
{
    /// <summary>Both.</summary>
    ReadAndKeep,

    /// <summary>It is made anew, and then kept.</summary>
    Keep,

    /// <summary>Neither.</summary>
    None,
}

/// <summary>What a caption was spared because its picture was seen before.</summary>
public enum CaptionReuse
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The vision encoder: its output was still there.</summary>
    Embedding,

    /// <summary>Everything after decoding: the caption was known.</summary>
    Caption,
}
