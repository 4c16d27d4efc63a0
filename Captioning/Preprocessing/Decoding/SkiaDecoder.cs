using System.Buffers;
using System.Globalization;
using ImageToText.ImageHeaders;
using SkiaSharp;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>Decodes BMP with Skia, as a whole, because most BMPs store their rows from the bottom up.</summary>
internal sealed class SkiaDecoder : PictureDecoder
{
    private readonly SKBitmap _bitmap;
    private readonly RowConverter? _blend;
    private readonly byte[]? _redBlue;
    private readonly byte[]? _green;
    private byte[] _rgb = [];

    private SkiaDecoder(ImageHeader header, SKBitmap bitmap, int greenBitsOf16, RowConverter? blend)
        : base(header, bitmap.Width, bitmap.Height, ImageOrientation.Upright)
    {
        _bitmap = bitmap;
        _blend = blend;
        if (greenBitsOf16 > 0)
        {
            _redBlue = TruncatedScale(5);
            _green = TruncatedScale(greenBitsOf16);
        }
    }

    public static unsafe SkiaDecoder OpenBmp(ReadOnlyMemory<byte> file, ImageHeader header, PixelChoices choices)
    {
        CheckFrame(choices.Frame, frames: 1);
        using var pin = file.Pin();
        using var data = SKData.Create((nint)pin.Pointer, file.Length);
        using var codec =
            SKCodec.Create(data)
            ?? throw new ImageException(
                ImageFault.Corrupt,
                "The BMP picture is damaged: its header contradicts itself, or this kind of BMP is not supported."
            );
        if (codec.EncodedFormat != SKEncodedImageFormat.Bmp)
        {
            throw new ImageException(ImageFault.Corrupt, $"The BMP picture is damaged: its data is {codec.EncodedFormat}.");
        }

        BmpData.Check(file.Span, header);
        var bitmap = new SKBitmap(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul));
        var result = codec.GetPixels(bitmap.Info, bitmap.GetPixels());
        if (result == SKCodecResult.Success)
        {
            int greenBits = BmpData.GreenBitsOf16(file.Span);
            bool isBlended = !choices.Background.IsDropped && greenBits == 0 && codec.Info.AlphaType is not SKAlphaType.Opaque;
            return new SkiaDecoder(
                header,
                bitmap,
                greenBits,
                isBlended && HasAlpha(bitmap) ? RowConverter.Before(choices.Background, 4) : null
            );
        }

        bitmap.Dispose();
        throw new ImageException(
            ImageFault.Corrupt,
            string.Create(CultureInfo.InvariantCulture, $"The BMP picture is damaged: its data is corrupt or ends early ({result}).")
        );
    }

    public override ReadOnlySpan<byte> ReadRows(int first, int count)
    {
        if (_rgb.Length < Width * count * 3)
        {
            ArrayPool<byte>.Shared.Return(_rgb);
            _rgb = ArrayPool<byte>.Shared.Rent(Width * count * 3);
        }

        var rgb = _rgb.AsSpan(0, Width * count * 3);
        var rgba = _bitmap.GetPixelSpan().Slice(first * Width * 4, Width * count * 4);
        if (_blend is not null)
        {
            _blend.Convert(rgba, first, rgb);
            return rgb;
        }

        for (int from = 0, to = 0; to + 2 < rgb.Length; from += 4, to += 3)
        {
            rgb[to] = rgba[from];
            rgb[to + 1] = rgba[from + 1];
            rgb[to + 2] = rgba[from + 2];
        }

        if (_redBlue is not null && _green is not null)
        {
            for (int i = 0; i + 2 < rgb.Length; i += 3)
            {
                rgb[i] = _redBlue[rgb[i]];
                rgb[i + 1] = _green[rgb[i + 1]];
                rgb[i + 2] = _redBlue[rgb[i + 2]];
            }
        }

        return rgb;
    }

    protected override void Dispose(bool disposing)
    {
        _bitmap.Dispose();
        ArrayPool<byte>.Shared.Return(_rgb);
        _rgb = [];
    }

    // Programs that know nothing of alpha leave it zero everywhere.
    private static bool HasAlpha(SKBitmap bitmap)
    {
        var rgba = bitmap.GetPixelSpan();
        for (int at = 3; at < rgba.Length; at += 4)
        {
            if (rgba[at] != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Skia rounds when it stretches a few bits to eight, and Pillow truncates. This converts the former to the latter.
    /// </summary>
    private static byte[] TruncatedScale(int bits)
    {
        byte[] table = new byte[256];
        for (int value = 0; value < table.Length; value++)
        {
            table[value] = (byte)((value >> (8 - bits)) * 255 / ((1 << bits) - 1));
        }

        return table;
    }
}
