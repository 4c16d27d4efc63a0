using System.Buffers;
using ImageToText.ImageHeaders;
using NetVips;
using Vips = NetVips.NetVips;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>Decodes JPEG, PNG, GIF, WebP, TIFF and AVIF with libvips, strip by strip from top to bottom.</summary>
internal sealed unsafe class VipsDecoder : PictureDecoder
{
    private readonly ReadOnlyMemory<byte> _file;
    private Image _image;
    private Region _region;
    private readonly RowConverter? _convert;
    private byte[] _rgb = [];
    private nint _strip;
    private bool _isRescued;

    private VipsDecoder(ReadOnlyMemory<byte> file, ImageHeader header, ImageOrientation orientation, Image image, RowConverter? convert)
        : base(header, image.Width, image.Height, orientation)
    {
        _file = file;
        _image = image;
        _region = Region.New(image);
        _convert = convert;
        Warning = header.Format == ImageFormat.Jpeg ? JpegRescue.MissingAfterAll(file.Span) : null;
    }

    public static VipsDecoder OpenFile(ReadOnlyMemory<byte> file, ImageHeader header, PixelChoices choices)
    {
        VipsRuntime.EnsureConfigured();
        Image? image = null;
        try
        {
            image = Load(file.Span, header.Format, page: 0, frames: 1);
            choices = choices with { Frame = FrameOf(file.Span, header.Format, image, choices) };
            if (choices.Frame > 0)
            {
                image.Dispose();
                image = Load(file.Span, header.Format, choices.Frame.Value, frames: 1);
            }

            // libheif rotates the picture itself.
            var orientation = header.Format == ImageFormat.Avif ? ImageOrientation.Upright : header.Orientation;
            return new VipsDecoder(file, header, orientation, image, RowConverter.For(image, file.Span, header, choices));
        }
        catch (VipsException exception)
        {
            image?.Dispose();
            throw Undecodable(file.Span, header.Format, exception);
        }
        catch
        {
            image?.Dispose();
            throw;
        }
    }

    public override ReadOnlySpan<byte> ReadRows(int first, int count)
    {
        FreeStrip();
        byte* pixels = VipsRuntime.Fetch(_region, 0, first, Width, count, out nuint length);
        if (pixels is null && TryRescue(first))
        {
            pixels = VipsRuntime.Fetch(_region, 0, first, Width, count, out length);
        }

        if (pixels is null)
        {
            throw Undecodable(_file.Span, Header.Format, new VipsException("unable to fetch rows"));
        }

        _strip = (nint)pixels;
        var strip = new ReadOnlySpan<byte>(pixels, checked((int)length));
        if (_convert is null)
        {
            return strip;
        }

        int size = Width * count * 3;
        if (_rgb.Length < size)
        {
            ArrayPool<byte>.Shared.Return(_rgb);
            _rgb = ArrayPool<byte>.Shared.Rent(size);
        }

        _convert.Convert(strip, first, _rgb.AsSpan(0, size));
        return _rgb.AsSpan(0, size);
    }

    protected override void Dispose(bool disposing)
    {
        FreeStrip();
        _region.Dispose();
        _image.Dispose();
        ArrayPool<byte>.Shared.Return(_rgb);
        _rgb = [];
    }

    // The frame that is shown: the one asked for, or an animation's first that isn't blank.
    private static int FrameOf(ReadOnlySpan<byte> file, ImageFormat format, Image first, PixelChoices choices)
    {
        int frames = first.Contains("n-pages") ? (int)first.Get("n-pages") : 1;
        CheckFrame(choices.Frame, frames);
        if (choices.Frame is not null || frames == 1 || format is not (ImageFormat.Gif or ImageFormat.WebP))
        {
            return choices.Frame ?? 0;
        }

        using var animation = Load(file, format, page: 0, Math.Min(frames, BlankFrames.Most));
        return BlankFrames.FirstShown(animation, choices.Background);
    }

    // Goes on with a decoder that doesn't mind a file's early end, if little is missing.
    private bool TryRescue(int first)
    {
        if (
            Header.Format != ImageFormat.Jpeg
            || _isRescued
            || JpegRescue.Missing(_file, Header, first, static (file, failOn) => LoadJpeg(file.Span, failOn)) is not { } missing
        )
        {
            return false;
        }

        Warning = missing;
        _isRescued = true;
        _region.Dispose();
        _image.Dispose();
        _image = LoadJpeg(_file.Span, Enums.FailOn.None);
        _region = Region.New(_image);
        return true;
    }

    private static Image LoadJpeg(ReadOnlySpan<byte> file, Enums.FailOn failOn)
    {
        using var source = Source.NewFromMemory(file);
        return Image.JpegloadSource(source, access: Enums.Access.Sequential, failOn: failOn);
    }

    private static Image Load(ReadOnlySpan<byte> file, ImageFormat format, int page, int frames)
    {
        // No stricter: Pillow also shows JPEGs with damaged entropy data, for which the decoder only warns.
        if (format == ImageFormat.Jpeg)
        {
            return LoadJpeg(file, Enums.FailOn.Truncated);
        }

        using var source = Source.NewFromMemory(file);
        const Enums.Access access = Enums.Access.Sequential;
        return format switch
        {
            ImageFormat.Png => Image.PngloadSource(source, access: access, failOn: Enums.FailOn.Error),
            ImageFormat.Gif => Image.GifloadSource(source, page: page, n: frames, access: access, failOn: Enums.FailOn.Truncated),
            ImageFormat.WebP => Image.WebploadSource(source, page: page, n: frames, access: access, failOn: Enums.FailOn.Truncated),
            // Below this level, a strip that is missing or can't be decompressed is black.
            ImageFormat.Tiff => Image.TiffloadSource(source, page: page, access: access, failOn: Enums.FailOn.Error),
            ImageFormat.Avif => Image.HeifloadSource(source, page: page, access: access, failOn: Enums.FailOn.Truncated),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
    }

    private static ImageException Undecodable(ReadOnlySpan<byte> file, ImageFormat format, VipsException exception) =>
        Damaged(format, EarlyEnd.Of(file, format) ?? $"its data is corrupt or ends early{Detail(exception, format)}", exception);

    /// <summary>The decoder's own message, on one line and in parentheses.</summary>
    private static string Detail(VipsException exception, ImageFormat format)
    {
        // libvips has one list of errors for all threads, so lines about other formats belong to somebody else's picture.
        string decoder = format == ImageFormat.Avif ? "heif" : format.ToString();
        string[] lines = exception
            .Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Skip(1)
            .Where(line => line.Contains(decoder, StringComparison.OrdinalIgnoreCase))
            .Distinct()
            .Take(2)
            .ToArray();
        return lines.Length > 0 ? $" ({string.Join("; ", lines)})" : "";
    }

    private void FreeStrip()
    {
        if (_strip != 0)
        {
            Vips.Free(_strip);
            _strip = 0;
        }
    }
}
