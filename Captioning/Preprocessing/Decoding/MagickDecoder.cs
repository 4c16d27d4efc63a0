using ImageMagick;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>
/// Decodes the less usual formats, and kinds of TIFF, with ImageMagick, as a whole. It is only ever given a format by name and bytes in
/// memory, so it looks for no file, no address and no other program. Its native library is loaded with the first such picture.
/// </summary>
internal sealed class MagickDecoder : PictureDecoder
{
    private const int Channels = 4;

    private readonly MagickImage _image;
    private readonly IUnsafePixelCollection<byte> _pixels;
    private readonly RowConverter _convert;
    private byte[] _rgb = [];

    // JPEG XL and TIFF come as stored; what other formats say about orientation is done already.
    private MagickDecoder(ImageHeader header, MagickImage image, Background background)
        : base(
            header,
            (int)image.Width,
            (int)image.Height,
            header.Format is ImageFormat.JpegXl or ImageFormat.Tiff ? header.Orientation : ImageOrientation.Upright
        )
    {
        _image = image;
        _pixels = image.GetPixelsUnsafe();
        _convert = RowConverter.Before(background, Channels);
    }

    /// <summary>Whether a picture is decoded here.</summary>
    public static bool Reads(ImageHeader header) =>
        header.Format is ImageFormat.Tiff ? header.IsRare : FormatOf(header.Format) is not MagickFormat.Unknown;

    /// <summary>Opens a file.</summary>
    public static MagickDecoder OpenFile(ReadOnlyMemory<byte> file, ImageHeader header, PixelChoices choices, DecodeTime? time)
    {
        MagickImage? image = null;
        try
        {
            MagickLimits.EnsureSet();
            CheckFrame(choices.Frame, choices.Frame > 0 ? FramesIn(file.Span, header.Format) : 1);
            // Their places would be black.
            if (header.Format is ImageFormat.Tiff && !ImageHeaderReader.HasAllTiles(file.Span, choices.Frame ?? 0))
            {
                throw Damaged(header.Format, "a tile lies beyond the file's end");
            }

            image = time is null ? Read(file.Span, header.Format, choices) : ReadInTime(file, header.Format, choices, time);
            if (image.ColorSpace is not ColorSpace.sRGB)
            {
                image.ColorSpace = ColorSpace.sRGB;
            }

            return new MagickDecoder(header, image, choices.Background);
        }
        catch (MagickException exception)
        {
            image?.Dispose();
            throw Damaged(header.Format, "its data is corrupt or ends early", exception);
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException or BadImageFormatException)
        {
            throw new ImageException(
                ImageFault.UnsupportedFormat,
                $"{header.Format.Name()} pictures can't be read on this machine: the library of Magick.NET can't be loaded.",
                exception
            );
        }
        catch
        {
            image?.Dispose();
            throw;
        }
    }

    public override ReadOnlySpan<byte> ReadRows(int first, int count)
    {
        byte[] rgba =
            _pixels.ToByteArray(0, first, (uint)Width, (uint)count, PixelMapping.RGBA)
            ?? throw Damaged(Header.Format, "its pixels can't be read");
        if (_rgb.Length < Width * count * 3)
        {
            _rgb = new byte[Width * count * 3];
        }

        var rgb = _rgb.AsSpan(0, Width * count * 3);
        _convert.Convert(rgba, first, rgb);
        return rgb;
    }

    protected override void Dispose(bool disposing)
    {
        _pixels.Dispose();
        _image.Dispose();
    }

    // From a copy, because whoever waits too long takes the file away.
    private static MagickImage ReadInTime(ReadOnlyMemory<byte> file, ImageFormat format, PixelChoices choices, DecodeTime time)
    {
        byte[] copy = file.ToArray();
        return time.Run(format, () => Read(copy, format, choices));
    }

    private static MagickImage Read(ReadOnlySpan<byte> file, ImageFormat format, PixelChoices choices)
    {
        var image = new MagickImage();
        try
        {
            image.Read(
                file,
                new MagickReadSettings
                {
                    Format = FormatOf(format, file),
                    FrameIndex = format is ImageFormat.Ico ? (uint)ImageHeaderReader.LargestIcon(file) : (uint)(choices.Frame ?? 0),
                    FrameCount = 1,
                }
            );
            return image;
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    // Only TIFFs have pages that are captioned; an icon's other pictures are smaller copies.
    private static int FramesIn(ReadOnlySpan<byte> file, ImageFormat format)
    {
        if (format is not ImageFormat.Tiff)
        {
            return 1;
        }

        using var pages = new MagickImageCollection();
        pages.Ping(file, new MagickReadSettings { Format = MagickFormat.Tiff });
        return pages.Count;
    }

    private static MagickFormat FormatOf(ImageFormat format, ReadOnlySpan<byte> file = default) =>
        format switch
        {
            ImageFormat.Heic => MagickFormat.Heic,
            ImageFormat.JpegXl => MagickFormat.Jxl,
            ImageFormat.Jpeg2000 => !file.IsEmpty && file[0] == 0xFF ? MagickFormat.J2k : MagickFormat.Jp2,
            ImageFormat.Psd => MagickFormat.Psd,
            ImageFormat.Ico => MagickFormat.Ico,
            ImageFormat.Tga => MagickFormat.Tga,
            ImageFormat.Tiff => MagickFormat.Tiff,
            ImageFormat.Pnm => MagickFormat.Pnm,
            _ => MagickFormat.Unknown,
        };
}
