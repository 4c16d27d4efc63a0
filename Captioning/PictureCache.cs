namespace ImageToText.Captioning;

/// <summary>
/// A cache of captions by decoded pixels. It is asked after decoding and before encoding, so that it also finds the same picture
/// with other metadata or in another lossless container. It must not fail, and must not hold up a request.
/// </summary>
public interface IPictureCache
{
    /// <summary>Looks for a caption.</summary>
    /// <param name="key">The caption's key.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <returns>The caption with everything stored about it; null: not found.</returns>
    ValueTask<Caption?> FindAsync(PictureCacheKey key, CancellationToken cancellationToken);

    /// <summary>Stores a new caption. Nobody waits for it.</summary>
    /// <param name="key">The caption's key.</param>
    /// <param name="caption">The caption.</param>
    void Keep(PictureCacheKey key, Caption caption);
}

/// <summary>Identifies a caption: the same key gives the same caption.</summary>
/// <param name="Revision">The model's <see cref="LoadedModel.Revision"/>.</param>
/// <param name="PixelHash">SHA-256 (hex) of the whole picture's RGB pixels with its size.</param>
/// <param name="Options">Prompt and options, all resolved, in one text.</param>
public readonly record struct PictureCacheKey(string Revision, string PixelHash, string Options);

/// <summary>Whether a caption may come from an <see cref="IPictureCache"/> and be stored there.</summary>
public enum PictureCacheUse
{
    /// <summary>Both.</summary>
    ReadAndKeep,

    /// <summary>The caption is made anew and stored.</summary>
    Keep,

    /// <summary>Neither.</summary>
    None,
}

/// <summary>What a caption skipped because its picture had been seen before.</summary>
public enum CaptionReuse
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The vision encoder: its output was still cached.</summary>
    Embedding,

    /// <summary>Everything after decoding: the caption was cached.</summary>
    Caption,
}
