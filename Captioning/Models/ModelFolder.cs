using ImageToText.Captioning.Weights;
namespace ImageToText.Captioning.Models;

/// <summary>A model folder in Hugging Face's layout, read and checked; nothing is loaded yet.</summary>
internal sealed record ModelFolder
{
    // What reads vision_config, by model_type.
    private static readonly OrderedDictionary<string, Func<ModelJson, VisionConfig>> s_visions = new(StringComparer.Ordinal)
    {
        ["blip"] = BlipVisionConfig.Read,
        ["conv_blip"] = ConvVisionConfig.Read,
    };

    /// <summary>The folder as it was given.</summary>
    public required string Path { get; init; }

    /// <summary>model_type of config.json.</summary>
    public required string ModelType { get; init; }

    /// <summary>The vision half.</summary>
    public required VisionConfig Vision { get; init; }

    /// <summary>The text half.</summary>
    public required TextDecoderConfig Text { get; init; }

    /// <summary>Pixels to numbers.</summary>
    public required PreprocessorConfig Preprocessor { get; init; }

    /// <summary>The tensors.</summary>
    public required Checkpoint Checkpoint { get; init; }

    /// <summary>The model types that can be read.</summary>
    public static IReadOnlyList<string> SupportedTypes { get; } = [.. s_visions.Keys];

    /// <summary>Reads a folder.</summary>
    /// <exception cref="ModelFormatException">It is not there, incomplete, or of a kind that is not supported.</exception>
    public static ModelFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new ModelFormatException($"There is no folder {path}.");
        }

        var config = ModelJson.Read(path, "config.json");
        var type = config.OptionalText("model_type") ?? throw new ModelFormatException("config.json lacks model_type.");
        if (!s_visions.TryGetValue(type, out var readVision))
        {
            throw new ModelFormatException(
                $"config.json: model_type \"{type}\" is not supported; {string.Join(" and ", SupportedTypes)} are (BLIP captioning models such as Salesforce/blip-image-captioning-large).");
        }

        var checkpoint = Checkpoint.Open(path);
        var text = TextDecoderConfig.Read(config.Object("text_config"), checkpoint);
        var vision = readVision(config.Object("vision_config"));
        if (vision.OutputSize != text.EncoderHiddenSize)
        {
            throw new ModelFormatException(
                $"config.json: the picture's tokens are {vision.OutputSize} wide, but text_config's encoder_hidden_size is {text.EncoderHiddenSize}.");
        }

        return new ModelFolder
        {
            Path = path,
            ModelType = type,
            Vision = vision,
            Text = text,
            Preprocessor = PreprocessorConfig.Read(path, vision.ImageSize),
            Checkpoint = checkpoint,
        };
    }
}
