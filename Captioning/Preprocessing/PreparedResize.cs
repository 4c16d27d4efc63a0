using System.Buffers;
using ImageToText.Captioning.Preprocessing.Resizing;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>The pixels of one picture on their way to the model: colours, one resize after another, the crop.</summary>
internal sealed class PreparedResize : IDisposable
{
    private readonly PicturePreparation _preparation;
    private readonly PixelSize _first;
    private readonly StreamingResize _resize;
    private byte[] _gray = [];

    public PreparedResize(PicturePreparation preparation, StoredLayout layout)
    {
        _preparation = preparation;
        _first = preparation.Resizes[0].SizeFor(new PixelSize(layout.UprightWidth, layout.UprightHeight));
        _resize = Begin(layout, _first, IsLast(preparation, 0));
    }

    /// <summary>Takes the colours out of the next rows, if requested. The result is valid until the next call.</summary>
    public ReadOnlySpan<byte> Color(ReadOnlySpan<byte> strip)
    {
        if (!_preparation.IsGray)
        {
            return strip;
        }

        if (_gray.Length < strip.Length)
        {
            ArrayPool<byte>.Shared.Return(_gray);
            _gray = ArrayPool<byte>.Shared.Rent(strip.Length);
        }

        GrayRows.Convert(strip, _gray);
        return _gray.AsSpan(0, strip.Length);
    }

    /// <summary>Takes the next rows.</summary>
    public void Add(ReadOnlySpan<byte> strip, int rows) => _resize.Add(strip, rows);

    /// <summary>Returns what the model sees, in an array from the shared pool.</summary>
    public byte[] Finish()
    {
        var (size, pixels) = (_first, Collect(_resize, _first, IsLast(_preparation, 0)));
        for (int step = 1; step < _preparation.Resizes.Count; step++)
        {
            bool isLast = IsLast(_preparation, step);
            var next = _preparation.Resizes[step].SizeFor(size);
            using var resize = Begin(StoredLayout.Of(size.Width, size.Height, ImageOrientation.Upright), next, isLast);
            resize.Add(pixels.AsSpan(0, size.Width * size.Height * 3), size.Height);
            ArrayPool<byte>.Shared.Return(pixels);
            (size, pixels) = (next, Collect(resize, next, isLast));
        }

        return _preparation.Tiles is { } side ? Cut(pixels, size, side) : pixels;
    }

    public void Dispose()
    {
        _resize.Dispose();
        ArrayPool<byte>.Shared.Return(_gray);
        _gray = [];
    }

    /// <summary>Whether a resize produces what the model sees. If tiles are cut, none does.</summary>
    private static bool IsLast(PicturePreparation preparation, int step) =>
        preparation.Tiles is null && step == preparation.Resizes.Count - 1;

    /// <summary>Cuts a picture into tiles, row by row, followed by the whole picture at the size of one tile.</summary>
    private byte[] Cut(byte[] pixels, PixelSize size, int side)
    {
        if (size == _preparation.Size)
        {
            return pixels;
        }

        var (rows, columns, line) = (size.Height / side, size.Width / side, side * 3);
        int tile = side * line;
        byte[] views = ArrayPool<byte>.Shared.Rent(((rows * columns) + 1) * tile);
        for (int index = 0; index < rows * columns; index++)
        {
            var (top, left) = (index / columns * side, index % columns * line);
            for (int row = 0; row < side; row++)
            {
                pixels.AsSpan(((top + row) * size.Width * 3) + left, line).CopyTo(views.AsSpan((index * tile) + (row * line)));
            }
        }

        using var resize = Begin(StoredLayout.Of(size.Width, size.Height, ImageOrientation.Upright), _preparation.Size, isLast: true);
        resize.Add(pixels.AsSpan(0, size.Width * size.Height * 3), size.Height);
        resize.Finish(views.AsSpan(rows * columns * tile, tile));
        ArrayPool<byte>.Shared.Return(pixels);
        return views;
    }

    private StreamingResize Begin(StoredLayout layout, PixelSize size, bool isLast)
    {
        var (across, down) = Crop(size, isLast);
        return StreamingResize.Create(
            layout,
            _preparation.Filter,
            across.ToAxis(layout.UprightWidth, size.Width),
            down.ToAxis(layout.UprightHeight, size.Height)
        );
    }

    /// <summary>What is kept of a resized picture: all of it, except the last time.</summary>
    private (CenterCrop Across, CenterCrop Down) Crop(PixelSize size, bool isLast)
    {
        var kept = isLast ? _preparation.Size : size;
        return (CenterCrop.Of(size.Width, kept.Width), CenterCrop.Of(size.Height, kept.Height));
    }

    private byte[] Collect(StreamingResize resize, PixelSize size, bool isLast)
    {
        var (across, down) = Crop(size, isLast);
        byte[] pixels = ArrayPool<byte>.Shared.Rent(across.Count * down.Count * 3);
        try
        {
            resize.Finish(pixels.AsSpan(0, across.Count * down.Count * 3));
            var whole = isLast ? _preparation.Size : size;
            return across.Count == whole.Width && down.Count == whole.Height ? pixels : Surround(pixels, across, down, whole);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(pixels);
            throw;
        }
    }

    /// <summary>Puts black around a picture that is smaller than what the model sees.</summary>
    private static byte[] Surround(byte[] pixels, CenterCrop across, CenterCrop down, PixelSize whole)
    {
        byte[] surrounded = ArrayPool<byte>.Shared.Rent(whole.Width * whole.Height * 3);
        surrounded.AsSpan(0, whole.Width * whole.Height * 3).Clear();
        for (int row = 0; row < down.Count; row++)
        {
            pixels
                .AsSpan(row * across.Count * 3, across.Count * 3)
                .CopyTo(surrounded.AsSpan((((down.Before + row) * whole.Width) + across.Before) * 3));
        }

        ArrayPool<byte>.Shared.Return(pixels);
        return surrounded;
    }
}
