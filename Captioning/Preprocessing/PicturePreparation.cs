using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing.Resizing;

namespace ImageToText.Captioning.Preprocessing;

/// <summary>
/// How to turn a picture into what a model sees: resize, crop, turn into numbers. It follows preprocessor_config.json, in the
/// spellings of all versions of transformers.
/// </summary>
internal sealed record PicturePreparation
{
    public const string FileName = "preprocessor_config.json";
    public const string ProcessorFileName = "processor_config.json";

    /// <summary>The size that the model sees, in pixels.</summary>
    public required PixelSize Size { get; init; }

    /// <summary>The resizes, one after another.</summary>
    public required IReadOnlyList<ResizeRule> Resizes { get; init; }

    /// <summary>
    /// The side of the tiles that the resized picture is cut into, and of the view of the whole picture; null: there is one view
    /// of the whole picture.
    /// </summary>
    public int? Tiles { get; init; }

    /// <summary>Their filter.</summary>
    public required ResampleFilter Filter { get; init; }

    /// <summary>Multiplies every byte.</summary>
    public required double RescaleFactor { get; init; }

    /// <summary>Subtracted next, per channel (red, green, blue).</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>Divided by last, per channel.</summary>
    public required IReadOnlyList<double> StandardDeviation { get; init; }

    /// <summary>Whether colours are taken out first.</summary>
    public bool IsGray { get; init; }

    /// <summary>A bicubic resize to a square, and nothing else.</summary>
    public static PicturePreparation Square(int size) =>
        new()
        {
            Size = new PixelSize(size, size),
            Resizes = [new ExactSize(new PixelSize(size, size))],
            Filter = ResampleFilter.Bicubic,
            RescaleFactor = 1.0 / 255,
            Mean = [0, 0, 0],
            StandardDeviation = [1, 1, 1],
        };

    /// <summary>The same preparation, but with the picture seen whole or in tiles.</summary>
    /// <exception cref="ModelFormatException">It should be cut into tiles, but is of a kind that never is.</exception>
    public PicturePreparation Cut(bool intoTiles)
    {
        if (intoTiles == Tiles is not null)
        {
            return this;
        }

        if (Resizes is not [LongestEdge edge, _])
        {
            throw new ModelFormatException("Tiles were requested, but this model takes each picture whole. Leave the choice to the model.");
        }

        return this with
        {
            Tiles = intoTiles ? Size.Width : null,
            Resizes = [edge, intoTiles ? new WholeTiles(Size.Width) : new ExactSize(Size)],
        };
    }

    /// <summary>How pictures are cut into tiles; null: they are not.</summary>
    public TileRule? Tiling => Tiles is { } side && Resizes[0] is LongestEdge { Edge: var edge } ? new TileRule(side, edge) : null;

    /// <summary>The most views of a picture.</summary>
    public int MaxViews => Tiling is { Side: var side, LongestEdge: var edge } ? EveryTile((edge + side - 1) / side) : 1;

    /// <summary>The views of a picture.</summary>
    /// <param name="picture">Its size, upright.</param>
    public ViewGrid ViewsOf(PixelSize picture)
    {
        if (Tiles is not { } side)
        {
            return ViewGrid.Whole;
        }

        var size = Resizes.Aggregate(picture, static (size, resize) => resize.SizeFor(size));
        // A picture that is one tile has one view.
        return size == new PixelSize(side, side) ? ViewGrid.Whole : new ViewGrid(size.Height / side, size.Width / side);
    }

    /// <summary>Reads preprocessor_config.json, else the image_processor of processor_config.json.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="kinds">The image processors that are supported.</param>
    /// <exception cref="ModelFormatException">
    /// There is none, or it asks for something unsupported; the message names the key.
    /// </exception>
    public static PicturePreparation Read(string folder, IReadOnlyList<ProcessorKind> kinds)
    {
        if (File.Exists(Path.Combine(folder, FileName)) || !File.Exists(Path.Combine(folder, ProcessorFileName)))
        {
            return Read(ModelJson.Read(folder, FileName), FileName, kinds);
        }

        return ModelJson.Read(folder, ProcessorFileName).OptionalObject("image_processor") is { } section
            ? Read(section, $"{ProcessorFileName}: image_processor", kinds)
            : throw new ModelFormatException($"{folder}: {FileName} is missing, and {ProcessorFileName} has no image_processor.");
    }

    /// <summary>Refuses a preparation that does not produce pictures of the model's size.</summary>
    /// <param name="key">The key in config.json with the size.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    public PicturePreparation RequireSize(string key, int width, int height) =>
        Size == new PixelSize(width, height)
            ? this
            : throw new ModelFormatException(
                $"{FileName}: size is {Size.Height} x {Size.Width}, but config.json's {key} is "
                    + $"{(width == height ? $"{width}" : $"{height} x {width}")}."
            );

    // A square picture has the most tiles; a picture of a single tile has one view.
    private static int EveryTile(int aSide) => aSide == 1 ? 1 : new ViewGrid(aSide, aSide).Views;

    private static PicturePreparation Read(ModelJson json, string file, IReadOnlyList<ProcessorKind> kinds)
    {
        var kind = ProcessorKind.Of(kinds, json.OptionalText("image_processor_type") ?? json.OptionalText("feature_extractor_type"), file);
        foreach (string key in (ReadOnlySpan<string>)["do_resize", "do_rescale", "do_normalize"])
        {
            if (json.OptionalBool(key) is false)
            {
                throw new ModelFormatException($"{file}: {key} is false; true is supported.");
            }
        }

        int resample = json.OptionalInt("resample") ?? (int)kind.Filter;
        if (!Enum.IsDefined((ResampleFilter)resample))
        {
            throw new ModelFormatException($"{file}: resample is {resample}; 1 (Lanczos), 2 (bilinear) and 3 (bicubic) are supported.");
        }

        var (size, resizes, tiles) = kind.ReadSizes(json, file);
        return new PicturePreparation
        {
            Size = size,
            Resizes = resizes,
            Tiles = tiles,
            Filter = (ResampleFilter)resample,
            RescaleFactor = json.OptionalNumber("rescale_factor") ?? (1.0 / 255),
            Mean = json.Numbers("image_mean", 3),
            StandardDeviation = json.Numbers("image_std", 3),
        };
    }
}
