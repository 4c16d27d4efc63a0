using System.Buffers;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>
/// What the model sees of a picture: RGB bytes, rows top to bottom. Disposing returns the pixels to their pool.
/// </summary>
internal sealed class ModelPicture : IDisposable
{
    private byte[]? _pixels;

    internal ModelPicture(PictureInfo info, PixelSize size, byte[] pooledPixels, ViewGrid views = default)
    {
        Info = info;
        Size = size;
        Views = views;
        _pixels = pooledPixels;
    }

    /// <summary>The whole picture, upright.</summary>
    public PictureInfo Info { get; }

    /// <summary>Pixels across and down of each view.</summary>
    public PixelSize Size { get; }

    /// <summary>The views: tiles row by row, then the whole picture.</summary>
    public ViewGrid Views { get; }

    /// <summary>[views, height, width, 3].</summary>
    public ReadOnlyMemory<byte> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_pixels is null, this);
            return _pixels.AsMemory(0, Views.Views * Size.Width * Size.Height * 3);
        }
    }

    /// <summary>
    /// SHA-256 of the whole picture's RGB pixels with its size, if requested. It is the same for the same picture in another
    /// lossless container. Pixels are taken as stored, so a picture rotated by its Exif tag has another hash.
    /// </summary>
    public byte[]? PixelHash { get; init; }

    /// <summary>Wall time of decoding and converting to RGB.</summary>
    public required TimeSpan DecodeTime { get; init; }

    /// <summary>Wall time of resizing.</summary>
    public required TimeSpan ResizeTime { get; init; }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _pixels, null) is { } pixels)
        {
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }
}
