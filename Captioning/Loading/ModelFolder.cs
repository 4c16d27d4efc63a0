using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Weights.Adapters;

namespace ImageToText.Captioning.Loading;

/// <summary>A model folder in Hugging Face's layout, with its family.</summary>
/// <param name="Path">The folder as it was given.</param>
/// <param name="Place">Where its files are.</param>
/// <param name="ModelType">model_type of config.json.</param>
/// <param name="Family">The family.</param>
internal sealed record ModelFolder(string Path, ModelPlace Place, string ModelType, ModelFamily Family)
{
    /// <summary>
    /// The files that decide pixels, tokens and defaults: config.json and whatever the family needs, as far as they exist.
    /// </summary>
    public IEnumerable<string> SmallFiles =>
        Family
            .Files.SelectMany(static file => file.Names)
            .Prepend(ArchitectureList.ConfigFile)
            .Select(name => System.IO.Path.Combine(Place.Folder, name))
            .Where(File.Exists);

    /// <summary>
    /// The model's name. A snapshot in the Hugging Face cache (models--org--name/snapshots/revision) has its own; otherwise it is
    /// the folder's.
    /// </summary>
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
    /// <param name="path">The folder.</param>
    /// <param name="hubCache">Where Hugging Face's tools keep models; an adapter's base is looked up there too.</param>
    /// <exception cref="ModelFormatException">It is missing, incomplete, or of an unsupported kind.</exception>
    public static (ModelFolder Folder, ModelPlan Plan) Read(string path, string hubCache)
    {
        var place = ModelPlace.Find(path, hubCache);
        var (architecture, config) = ArchitectureList.Find(place.Folder);
        var plan = architecture.Read(place.Folder, config);
        plan.Execution.Check(plan.Checkpoint);
        if (place.AdapterFolder is { } adapter)
        {
            var forms = plan.Execution.EightBitForms;
            plan = plan with { Checkpoint = LoraAdapter.Read(adapter).MergeInto(plan.Checkpoint, tensor => forms(tensor).InputsFirst) };
        }

        return (new ModelFolder(path, place, config.OptionalText("model_type")!, architecture.Family), plan);
    }
}
