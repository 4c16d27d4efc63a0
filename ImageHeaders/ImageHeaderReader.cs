using ImageToText.ImageHeaders.Formats;

namespace ImageToText.ImageHeaders;

/// <summary>
/// Reads format, size and orientation from an image's first bytes. It never throws, allocates nothing, and its work is bounded by
/// the number of segments it steps over.
/// </summary>
/// <remarks>
/// We wrote our own because the available metadata libraries want the whole file as a stream, build a directory of every tag, and
/// throw on damaged ones. A gateway has the first part of an upload and needs three numbers.
/// </remarks>
public static class ImageHeaderReader
{
    /// <summary>
    /// Enough bytes to recognize every known format, supported or not. A long list of brands may take up to 256.
    /// </summary>
    public const int SignatureBytes = 32;

    /// <summary>The index of an icon's largest picture, whose size <see cref="Read"/> tells.</summary>
    /// <param name="file">An ICO file, whose directory is there.</param>
    public static int LargestIcon(ReadOnlySpan<byte> file) => OtherHeaders.LargestIcon(file);

    /// <summary>Whether all tiles of a TIFF's page lie in its file; true where it has none.</summary>
    /// <param name="file">The whole TIFF.</param>
    /// <param name="page">The page, counted from 0.</param>
    public static bool HasAllTiles(ReadOnlySpan<byte> file, int page) => TiffTiles.AreInside(file, page);

    /// <summary>The first picture of an AVIF that is nothing but a sequence; null: the file isn't that.</summary>
    /// <param name="file">The whole file.</param>
    public static AvifFrame? FirstOfSequence(ReadOnlySpan<byte> file) => HeifHeader.FirstOfSequence(file);

    /// <summary>Reads what <paramref name="start"/> tells.</summary>
    /// <param name="start">The image's first bytes: as many as have arrived so far.</param>
    /// <param name="isComplete">True if no more bytes will come; the result is then never "more bytes".</param>
    public static ImageHeaderResult Read(ReadOnlySpan<byte> start, bool isComplete)
    {
        if (start.IsEmpty)
        {
            return isComplete ? ImageHeaderResult.Unsupported("an empty file") : ImageHeaderResult.NeedMore(null, SignatureBytes);
        }

        if (start.Length < SignatureBytes && !isComplete)
        {
            return ImageHeaderResult.NeedMore(null, SignatureBytes);
        }

        // A HEIF file may name AVIF last.
        var found = Signatures.FormatOf(start);
        int brandsEnd = found is null or ImageFormat.Heic ? HeifHeader.BrandsEnd(start) : 0;
        if (brandsEnd > start.Length && !isComplete)
        {
            return ImageHeaderResult.NeedMore(null, brandsEnd);
        }

        if (found is not { } format)
        {
            return ImageHeaderResult.Unsupported(Signatures.LooksLike(start));
        }

        var result = format switch
        {
            ImageFormat.Jpeg => JpegHeader.Read(start),
            ImageFormat.Png => PngHeader.Read(start, isComplete),
            ImageFormat.Gif => GifHeader.Read(start),
            ImageFormat.WebP => WebPHeader.Read(start, isComplete),
            ImageFormat.Bmp => BmpHeader.Read(start),
            ImageFormat.Tiff => TiffHeader.Read(start),
            ImageFormat.Avif or ImageFormat.Heic => HeifHeader.Read(start, format, isComplete),
            ImageFormat.JpegXl => JpegXlHeader.Read(start),
            ImageFormat.Jpeg2000 => OtherHeaders.ReadJpeg2000(start),
            ImageFormat.Psd => OtherHeaders.ReadPsd(start),
            ImageFormat.Ico => OtherHeaders.ReadIco(start),
            ImageFormat.Tga => OtherHeaders.ReadTga(start),
            ImageFormat.Pnm => OtherHeaders.ReadPnm(start),
            _ => throw new InvalidOperationException(),
        };

        return result.Status == ImageHeaderStatus.NeedMoreBytes && isComplete
            ? ImageHeaderResult.Damaged(format, "it ends before its header does")
            : result;
    }
}
