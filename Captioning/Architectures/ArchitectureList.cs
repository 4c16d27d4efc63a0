using ImageToText.Captioning.Architectures.Blip;
using ImageToText.Captioning.Architectures.Blip2;
using ImageToText.Captioning.Architectures.ConvBlip;
using ImageToText.Captioning.Architectures.Florence2;
using ImageToText.Captioning.Architectures.Git;
using ImageToText.Captioning.Architectures.Idefics3;
using ImageToText.Captioning.Architectures.VisionEncoderDecoder;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Architectures;

/// <summary>The supported model families.</summary>
internal static class ArchitectureList
{
    /// <summary>The file that names a model's family.</summary>
    public const string ConfigFile = "config.json";

    /// <summary>All supported families.</summary>
    public static IReadOnlyList<IArchitecture> All { get; } =
    [
        new BlipArchitecture(),
        new ConvBlipArchitecture(),
        new VisionEncoderDecoderArchitecture(),
        new Florence2Architecture(),
        new GitArchitecture(),
        new Idefics3Architecture(),
        new Blip2Architecture(),
    ];

    /// <summary>Finds the family of a model.</summary>
    /// <exception cref="ModelFormatException">No family has its model_type.</exception>
    public static IArchitecture Find(ModelJson config)
    {
        string type = config.OptionalText("model_type") ?? throw new ModelFormatException($"{ConfigFile} lacks model_type. {Supported()}");
        return All.FirstOrDefault(architecture => architecture.Family.ModelTypes.Contains(type, StringComparer.Ordinal))
            ?? throw new ModelFormatException($"{ConfigFile}: model_type \"{type}\" is not supported. {Supported()}");
    }

    /// <summary>Finds the family of a model folder and reads its config.json.</summary>
    /// <exception cref="ModelFormatException">The folder does not exist, lacks a file, or belongs to no family.</exception>
    public static (IArchitecture Architecture, ModelJson Config) Find(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new ModelFormatException($"There is no folder {folder}.");
        }

        if (!File.Exists(Path.Combine(folder, ConfigFile)))
        {
            var wanted = All.Select(static architecture => $"{architecture.Family.Name} models {Required(architecture.Family)}");
            throw new ModelFormatException(
                $"The model folder {Path.GetFileName(folder)} lacks {ConfigFile}. A model consists of {ConfigFile}, its weights and, "
                    + $"by its family: {string.Join("; ", wanted)}."
            );
        }

        var config = ModelJson.Read(folder, ConfigFile);
        var architecture = Find(config);
        bool IsThere(string name) => File.Exists(Path.Combine(folder, name));
        foreach (var file in architecture.Family.Files.Where(file => file.IsRequired && !file.Names.Any(IsThere)))
        {
            throw new ModelFormatException(
                $"The model folder {Path.GetFileName(folder)} lacks {string.Join(" or ", file.Names)}, {file.Purpose}, "
                    + $"which {architecture.Family.Name} models need."
            );
        }

        return (architecture, config);
    }

    private static string Required(ModelFamily family) =>
        string.Join(", ", family.Files.Where(static file => file.IsRequired).Select(static file => string.Join(" or ", file.Names)));

    private static string Supported() =>
        $"Supported are {string.Join("; ", All.Select(static architecture =>
        $"{architecture.Family.Name} ({string.Join(", ", architecture.Family.ModelTypes)}), such as {architecture.Family.Example}"))}.";
}
