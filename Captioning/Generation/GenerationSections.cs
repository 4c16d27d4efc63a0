using System.Text.Json;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Generation;

/// <summary>Where a folder's generation keys may stand: one place after another, the first that has a key counts.</summary>
internal sealed class GenerationSections : IDisposable
{
    private const string ConfigFile = "config.json";

    private readonly List<JsonDocument> _documents = [];
    private readonly List<(string Where, bool IsConfig, JsonElement Section)> _sections = [];

    private GenerationSections() { }

    /// <summary>Opens the files.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="alwaysConfig">Look into config.json for what generation_config.json does not say; otherwise only where there is none.</param>
    /// <exception cref="ModelFormatException">Not valid JSON.</exception>
    public static GenerationSections Open(string folder, bool alwaysConfig)
    {
        var sections = new GenerationSections();
        bool found = sections.Add(Path.Combine(folder, GenerationConfig.FileName), []);
        if (!found || alwaysConfig)
        {
            sections.Add(Path.Combine(folder, ConfigFile), ["decoder", "text_config"]);
        }

        return sections;
    }

    /// <summary>A key's value; null where no place has it, or all say null.</summary>
    public Found? Find(string key)
    {
        foreach ((string where, bool isConfig, var section) in _sections)
        {
            if (section.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                return new Found(where, key, value, isConfig);
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _documents.ForEach(document => document.Dispose());

    private bool Add(string path, string[] inner)
    {
        if (JsonFile.ReadIfPresent(path) is not { } document)
        {
            return false;
        }

        _documents.Add(document);
        _sections.Add((path, inner.Length > 0, document.RootElement));
        foreach (string name in inner)
        {
            if (document.RootElement.TryGetProperty(name, out var section) && section.ValueKind == JsonValueKind.Object)
            {
                _sections.Add(($"{path}: {name}", true, section));
            }
        }

        return true;
    }

    /// <summary>A value and where it stands.</summary>
    /// <param name="Where">The file, and the section within.</param>
    /// <param name="Key">The key.</param>
    /// <param name="Value">The value; not null.</param>
    /// <param name="IsConfig">It stands in config.json, among much that is about other things.</param>
    internal readonly record struct Found(string Where, string Key, JsonElement Value, bool IsConfig)
    {
        /// <summary>What to throw where the value is of the wrong kind.</summary>
        public ModelFormatException Refused(string expected) => new($"{Where}: {Key} is {Value.GetRawText()}; {expected} is expected.");
    }
}
