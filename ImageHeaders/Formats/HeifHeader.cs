using System.Buffers.Binary;

namespace ImageToText.ImageHeaders.Formats;

/// <summary>
/// AVIF and HEIC: size (ispe, cut by clap), rotation (irot) and mirror (imir) of the primary item, from the meta box. The formats make
/// these properties the only word on orientation: an Exif item's is ignored, as decoders do. An AVIF sequence without a primary item has
/// the size of its track.
/// </summary>
internal static class HeifHeader
{
    private const int MaxBrandBytes = 256;
    private const int MaxProperties = 4096;

    /// <summary>Bytes in the box that lists the brands, which may name AVIF last; 0 if there is no such box.</summary>
    public static int BrandsEnd(ReadOnlySpan<byte> start) =>
        start.Length >= 16 && start[4..8].SequenceEqual("ftyp"u8)
            ? (int)Math.Clamp(BinaryPrimitives.ReadUInt32BigEndian(start), 16, MaxBrandBytes)
            : 0;

    /// <summary>AVIF or HEIC by the file's brands; null: neither. A file of both is read as AVIF.</summary>
    public static ImageFormat? FormatOf(ReadOnlySpan<byte> start) =>
        HasBrand(start, static brand => brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8)) ? ImageFormat.Avif
        : HasBrand(start, static brand => IsHeic(brand)) ? ImageFormat.Heic
        : null;

    private static bool IsHeic(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("heic"u8)
        || brand.SequenceEqual("heix"u8)
        || brand.SequenceEqual("heim"u8)
        || brand.SequenceEqual("heis"u8)
        || brand.SequenceEqual("hevc"u8)
        || brand.SequenceEqual("hevx"u8)
        || brand.SequenceEqual("mif1"u8)
        || brand.SequenceEqual("msf1"u8);

    private static bool HasBrand(ReadOnlySpan<byte> start, BrandTest test)
    {
        int end = Math.Min(BrandsEnd(start), start.Length);
        if (end == 0)
        {
            return false;
        }

        var brands = start[8..end];
        for (int i = 0; i + 4 <= brands.Length; i += 4)
        {
            // The first brand is followed by its version, which is not a brand.
            if (i != 4 && test(brands.Slice(i, 4)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first picture of a file that is nothing but a sequence; null: it isn't that.</summary>
    public static AvifFrame? FirstOfSequence(ReadOnlySpan<byte> file)
    {
        var boxes = new IsoBoxes(file);
        while (boxes.MoveNext() && boxes.IsWhole)
        {
            if (boxes.Type.SequenceEqual("moov"u8) && AvifSequence.TryFirst(boxes.Content, boxes.ContentStart, out var frame))
            {
                return frame;
            }
        }

        return null;
    }

    public static ImageHeaderResult Read(ReadOnlySpan<byte> start, ImageFormat format, bool isComplete)
    {
        var boxes = new IsoBoxes(start);
        while (boxes.MoveNext())
        {
            if (boxes.IsBroken)
            {
                return ImageHeaderResult.Damaged(format, "a box's length is too small");
            }

            if (boxes.Type.SequenceEqual("meta"u8))
            {
                if (!boxes.IsWhole)
                {
                    return ImageHeaderResult.NeedMore(format, boxes.End);
                }

                var result = ReadMeta(boxes.Content, format);
                return result.Status == ImageHeaderStatus.Found ? result : WithoutItem(start, format, isComplete, result);
            }
        }

        if (!boxes.IsCutShort)
        {
            return ImageHeaderResult.Damaged(format, "it has too many boxes");
        }

        var more = ImageHeaderResult.NeedMore(format, boxes.Needed);
        return isComplete ? WithoutItem(start, format, isComplete, more) : more;
    }

    // A file without a primary picture may still be a sequence, whose track may stand at its end.
    private static ImageHeaderResult WithoutItem(
        ReadOnlySpan<byte> start,
        ImageFormat format,
        bool isComplete,
        ImageHeaderResult otherwise
    ) =>
        format is not ImageFormat.Avif ? otherwise
        : FirstOfSequence(start) is { } frame ? Of(start, frame)
        : isComplete ? otherwise
        : ImageHeaderResult.NeedMore(format, start.Length + 16);

    private static ImageHeaderResult Of(ReadOnlySpan<byte> file, AvifFrame frame)
    {
        var rotation = ContentOf(file[frame.Rotation]);
        var mirror = ContentOf(file[frame.Mirror]);
        var (width, height) = Shown(ContentOf(file[frame.Aperture]), frame.Width, frame.Height);
        return ImageHeader.From(
            ImageFormat.Avif,
            width,
            height,
            OrientationOf(rotation.IsEmpty ? 0 : rotation[0] & 3, mirror.IsEmpty ? -1 : mirror[0] & 1),
            SamplesOf(ContentOf(file[frame.Configuration]), ContentOf(file[frame.Colours])),
            isSequence: true
        );
    }

    private static ReadOnlySpan<byte> ContentOf(ReadOnlySpan<byte> box) => box.Length > 8 ? box[8..] : [];

    // The size of the clean aperture, if there is one.
    private static (long Width, long Height) Shown(ReadOnlySpan<byte> aperture, long width, long height) =>
        aperture.Length < 16 ? (width, height) : (Rounded(aperture, width), Rounded(aperture[8..], height));

    // Gray whose contents (av1C, colr) say that it has not the full range.
    private static StoredSamples SamplesOf(ReadOnlySpan<byte> configuration, ReadOnlySpan<byte> colours) =>
        configuration.Length >= 3
        && (configuration[2] & 0x10) != 0
        && colours.Length >= 11
        && colours.StartsWith("nclx"u8)
        && (colours[10] & 0x80) == 0
            ? StoredSamples.LimitedGray
            : StoredSamples.AsShown;

    private static ImageHeaderResult ReadMeta(ReadOnlySpan<byte> meta, ImageFormat format)
    {
        uint primary = 0;
        ReadOnlySpan<byte> properties = [];
        var bytes = new Bytes(meta, bigEndian: true);
        var boxes = new IsoBoxes(meta, at: 4); // Version and flags.
        while (boxes.MoveNext() && boxes.IsWhole)
        {
            if (boxes.Type.SequenceEqual("pitm"u8) && !boxes.Content.IsEmpty)
            {
                if (boxes.Content[0] == 0)
                {
                    _ = bytes.TryUInt16(boxes.ContentStart + 4, out ushort item);
                    primary = item;
                }
                else
                {
                    _ = bytes.TryUInt32(boxes.ContentStart + 4, out primary);
                }
            }
            else if (boxes.Type.SequenceEqual("iprp"u8))
            {
                properties = boxes.Content;
            }
        }

        return ReadProperties(properties, primary, format);
    }

    private static ImageHeaderResult ReadProperties(ReadOnlySpan<byte> properties, uint primary, ImageFormat format)
    {
        ReadOnlySpan<byte> container = [];
        ReadOnlySpan<byte> associations = [];
        var boxes = new IsoBoxes(properties);
        while (boxes.MoveNext() && boxes.IsWhole)
        {
            if (boxes.Type.SequenceEqual("ipco"u8))
            {
                container = boxes.Content;
            }
            else if (boxes.Type.SequenceEqual("ipma"u8) && associations.IsEmpty)
            {
                associations = boxes.Content;
            }
        }

        long width = 0;
        long height = 0;
        int quarters = 0;
        int mirror = -1;
        ReadOnlySpan<byte> configuration = [];
        ReadOnlySpan<byte> colours = [];
        foreach (int index in new ItemProperties(associations, primary))
        {
            if (!TryProperty(container, index, out var type, out var content))
            {
                continue;
            }

            if (type.SequenceEqual("ispe"u8) && content.Length >= 12)
            {
                width = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
                height = BinaryPrimitives.ReadUInt32BigEndian(content[8..]);
            }
            else if (type.SequenceEqual("clap"u8))
            {
                (width, height) = Shown(content, width, height);
            }
            else if (type.SequenceEqual("irot"u8) && content.Length >= 1)
            {
                quarters = content[0] & 3;
            }
            else if (type.SequenceEqual("imir"u8) && content.Length >= 1)
            {
                mirror = content[0] & 1;
            }
            else if (type.SequenceEqual("av1C"u8))
            {
                configuration = content;
            }
            else if (type.SequenceEqual("colr"u8) && content.StartsWith("nclx"u8))
            {
                colours = content;
            }
        }

        return width == 0 && height == 0
            ? ImageHeaderResult.Damaged(format, "its primary picture has no size")
            : ImageHeader.From(format, width, height, OrientationOf(quarters, mirror), SamplesOf(configuration, colours));
    }

    // The clean aperture's side, a fraction; where it makes no sense, the side as it is.
    private static long Rounded(ReadOnlySpan<byte> fraction, long side)
    {
        long numerator = BinaryPrimitives.ReadUInt32BigEndian(fraction);
        long denominator = BinaryPrimitives.ReadUInt32BigEndian(fraction[4..]);
        long rounded = denominator == 0 ? 0 : (numerator + (denominator / 2)) / denominator;
        return rounded > 0 && rounded <= side ? rounded : side;
    }

    /// <summary>Rotation counter-clockwise by quarters, then a mirror: 0 swaps top and bottom, 1 left and right.</summary>
    private static ImageOrientation OrientationOf(int quarters, int mirror) =>
        (quarters, mirror) switch
        {
            (0, 0) => ImageOrientation.MirroredVertically,
            (0, 1) => ImageOrientation.MirroredHorizontally,
            (0, _) => ImageOrientation.Upright,
            (1, 0) => ImageOrientation.Transposed,
            (1, 1) => ImageOrientation.Transversed,
            (1, _) => ImageOrientation.RotateCounterClockwise,
            (2, 0) => ImageOrientation.MirroredHorizontally,
            (2, 1) => ImageOrientation.MirroredVertically,
            (2, _) => ImageOrientation.Rotated180,
            (_, 0) => ImageOrientation.Transversed,
            (_, 1) => ImageOrientation.Transposed,
            _ => ImageOrientation.RotateClockwise,
        };

    private static bool TryProperty(ReadOnlySpan<byte> container, int index, out ReadOnlySpan<byte> type, out ReadOnlySpan<byte> property)
    {
        var boxes = new IsoBoxes(container);
        for (int i = 1; i <= index && boxes.MoveNext() && boxes.IsWhole; i++)
        {
            if (i == index)
            {
                type = boxes.Type;
                property = boxes.Content;
                return true;
            }
        }

        type = property = [];
        return false;
    }

    private delegate bool BrandTest(ReadOnlySpan<byte> brand);

    /// <summary>The indices (from 1) of one item's properties.</summary>
    private ref struct ItemProperties
    {
        private readonly ReadOnlySpan<byte> _box;
        private readonly bool _wide;
        private long _at;
        private int _left;

        public ItemProperties(ReadOnlySpan<byte> box, uint item)
        {
            _box = box;
            if (box.Length < 8)
            {
                return;
            }

            var bytes = new Bytes(box, bigEndian: true);
            bool longIds = box[0] >= 1;
            _wide = (box[3] & 1) != 0;
            _ = bytes.TryUInt32(4, out uint items);
            _at = 8;
            for (int i = 0; i < Math.Min(items, Bytes.MaxSteps); i++)
            {
                uint id;
                if (longIds)
                {
                    if (!bytes.TryUInt32(_at, out id))
                    {
                        return;
                    }
                }
                else if (bytes.TryUInt16(_at, out ushort shortId))
                {
                    id = shortId;
                }
                else
                {
                    return;
                }

                _at += longIds ? 4 : 2;
                if (_at >= box.Length)
                {
                    return;
                }

                int count = box[(int)_at];
                _at++;
                if (id == item)
                {
                    _left = count;
                    return;
                }

                _at += count * (_wide ? 2 : 1);
            }
        }

        public int Current { get; private set; }

        public readonly ItemProperties GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_left == 0 || _at + (_wide ? 2 : 1) > _box.Length)
            {
                return false;
            }

            // The highest bit says "essential".
            Current = _wide ? BinaryPrimitives.ReadUInt16BigEndian(_box[(int)_at..]) & 0x7FFF : _box[(int)_at] & 0x7F;
            Current = Math.Min(Current, MaxProperties);
            _at += _wide ? 2 : 1;
            _left--;
            return true;
        }
    }
}
