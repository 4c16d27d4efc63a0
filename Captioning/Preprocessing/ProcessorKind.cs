using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing.Resizing;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>The defaults of one of transformers' image processors.</summary>
/// <param name="Name">Its name, without the suffixes of its variants.</param>
/// <param name="Filter">The filter of its resize.</param>
/// <param name="Resize">Its resize.</param>
/// <param name="Crop">The side of the square that it crops; null: it does not crop.</param>
internal sealed record ProcessorKind(string Name, ResampleFilter Filter, ResizeRule Resize, int? Crop)
{
    // Suffixes that a name has had over the years.
    private static readonly string[] Endings = ["Fast", "Pil", "ImageProcessor", "FeatureExtractor"];

    /// <summary>A resize to a square.</summary>
    public static ExactSize Square(int side) => new(new PixelSize(side, side));

    /// <summary>The kind that a file names; the first one if it names none.</summary>
    /// <param name="kinds">The kinds that are supported.</param>
    /// <param name="type">The name in the file.</param>
    /// <param name="file">The file, for error messages.</param>
    /// <exception cref="ModelFormatException">It is not supported.</exception>
    public static ProcessorKind Of(IReadOnlyList<ProcessorKind> kinds, string? type, string file)
    {
        if (type is null)
        {
            return kinds[0];
        }

        string name = type;
        foreach (string ending in Endings)
        {
            name = name.EndsWith(ending, StringComparison.Ordinal) ? name[..^ending.Length] : name;
        }

        return kinds.FirstOrDefault(kind => kind.Name == name)
            ?? throw new ModelFormatException(
                $"{file}: image_processor_type is {type}; those of {string.Join(", ", kinds.Select(kind => kind.Name))} are supported."
            );
    }

    /// <summary>Reads the sizes to which a picture is resized, and what the model sees of it.</summary>
    /// <exception cref="ModelFormatException">The keys ask for what is not supported.</exception>
    public (PixelSize Seen, IReadOnlyList<ResizeRule> Resizes, int? Tiles) ReadSizes(ModelJson json, string file)
    {
        var resize = ReadResize(json, file);
        if (resize is LongestEdge)
        {
            int side = json.OptionalObject("max_image_size")?.OptionalInt("longest_edge", 1) ?? 364;
            bool isCut = json.OptionalBool("do_image_splitting") ?? true;
            return (new PixelSize(side, side), [resize, isCut ? new WholeTiles(side) : Square(side)], isCut ? side : null);
        }

        if (json.OptionalBool("do_pad") is true)
        {
            throw new ModelFormatException($"{file}: do_pad is true; false is supported.");
        }

        if (json.OptionalBool("do_center_crop") ?? Crop is not null)
        {
            return (ReadSquare(json, "crop_size") ?? new PixelSize(Crop ?? 224, Crop ?? 224), [resize], null);
        }

        return resize is ExactSize exact
            ? (exact.Size, [resize], null)
            : throw new ModelFormatException(
                $"{file}: size is the shortest edge's, and do_center_crop is false; pictures of one size are supported."
            );
    }

    private ResizeRule ReadResize(ModelJson json, string file)
    {
        if (json.OptionalInt("size", 1) is { } side)
        {
            return Resize is ShortestEdge ? new ShortestEdge(side, null) : Square(side);
        }

        if (json.OptionalObject("size") is not { } size)
        {
            return Resize;
        }

        return size.OptionalInt("shortest_edge", 1) is { } shortest ? new ShortestEdge(shortest, size.OptionalInt("longest_edge", 1))
            : size.OptionalInt("longest_edge", 1) is { } longest && Resize is LongestEdge ? new LongestEdge(longest)
            : size.OptionalInt("height", 1) is { } height && size.OptionalInt("width", 1) is { } width
                ? new ExactSize(new PixelSize(width, height))
            : throw new ModelFormatException($"{file}: size has neither height and width nor shortest_edge; one of them is expected.");
    }

    private static PixelSize? ReadSquare(ModelJson json, string key) =>
        json.OptionalInt(key, 1) is { } side ? new PixelSize(side, side)
        : json.OptionalObject(key) is { } sides ? new PixelSize(sides.Int("width"), sides.Int("height"))
        : null;
}
