using ImageMagick;
using ImageToText.ImageHeaders;

namespace ImageToText.Captioning.Preprocessing.Decoding;

/// <summary>
/// Decodes the less usual formats with ImageMagick, as a whole. It is only ever given a format by name and bytes in memory, so it
/// looks for no file, no address and no other program. Its native library is loaded with the first such picture.
/// </summary>
internal sealed class MagickDecoder : PictureDecoder
{
    private const int Channels = 4;

    private readonly MagickImage _image;
    private readonly IUnsafePixelCollection<byte> _pixels;
    private readonly RowConverter _convert;
    private byte[] _rgb = [];

    // JPEG XL comes as stored; what other formats say about orientation is done already.
    private MagickDecoder(ImageHeader header, MagickImage image, Background background)
        : base(
            header,
            (int)image.Width,
            (int)image.Height,
            header.Format is ImageFormat.JpegXl ? header.Orientation : ImageOrientation.Upright
        )
    {
        _image = image;
        _pixels = image.GetPixelsUnsafe();
        _convert = RowConverter.Before(background, Channels);
    }

    /// <summary>Whether a format is decoded here.</summary>
    public static bool Reads(ImageFormat format) => FormatOf(format) is not MagickFormat.Unknown;

    /// <summary>Opens a file.</summary>
    public static MagickDecoder OpenFile(ReadOnlyMemory<byte> file, ImageHeader header, PixelChoices choices)
    {
        CheckFrame(choices.Frame, frames: 1);
        MagickImage? image = null;
        try
        {
            MagickLimits.EnsureSet();
            image = new MagickImage();
            image.Read(
                file.Span,
                new MagickReadSettings
                {
                    Format = FormatOf(header.Format, file.Span),
                    FrameIndex = header.Format is ImageFormat.Ico ? (uint)ImageHeaderReader.LargestIcon(file.Span) : 0,
                    FrameCount = 1,
                }
            );
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

    private static MagickFormat FormatOf(ImageFormat format, ReadOnlySpan<byte> file = default) =>
        format switch
        {
            ImageFormat.Heic => MagickFormat.Heic,
            ImageFormat.JpegXl => MagickFormat.Jxl,
            ImageFormat.Jpeg2000 => !file.IsEmpty && file[0] == 0xFF ? MagickFormat.J2k : MagickFormat.Jp2,
            ImageFormat.Psd => MagickFormat.Psd,
            ImageFormat.Ico => MagickFormat.Ico,
            ImageFormat.Tga => MagickFormat.Tga,
            ImageFormat.Pnm => MagickFormat.Pnm,
            _ => MagickFormat.Unknown,
        };
}
