using ImageToText.Captioning.Architectures;

namespace ImageToText.Captioning.Loading;

/// <summary>A model folder in Hugging Face's layout, and the family that it is of.</summary>
/// <param name="Path">The folder as it was given.</param>
/// <param name="ModelType">model_type of config.json.</param>
/// <param name="Family">The family.</param>
internal sealed record ModelFolder(string Path, string ModelType, ModelFamily Family)
{
    /// <summary>The files that decide pixels, tokens and defaults: config.json and what the family wants, as far as they are there.</summary>
    public IEnumerable<string> SmallFiles => Family.Files.SelectMany(static file => file.Names).Prepend(ArchitectureList.ConfigFile)
        .Select(name => System.IO.Path.Combine(Path, name)).Where(File.Exists);

    /// <summary>The model's name: a snapshot of the Hugging Face cache (models--org--name/snapshots/revision) is known by its own, else the folder's.</summary>
    public string ModelName
    {
        get
        {
            var folder = new DirectoryInfo(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path)));
            const string prefix = "models--";
            return folder.Parent is { Name: "snapshots", Parent: { } model } && model.Name.StartsWith(prefix, StringComparison.Ordinal)
                ? model.Name[prefix.Length..].Replace("--", "/", StringComparison.Ordinal)
                : folder.Name;
        }
    }

    /// <summary>Reads a folder.</summary>
    /// <exception cref="ModelFormatException">It is not there, incomplete, or of a kind that is not supported.</exception>
    public static (ModelFolder Folder, ModelPlan Plan) Read(string path)
    {
        var (architecture, config) = ArchitectureList.Find(path);
        var plan = architecture.Read(path, config);
        plan.Execution.Check(plan.Checkpoint);
        return (new ModelFolder(path, config.OptionalText("model_type")!, architecture.Family), plan);
    }
}
