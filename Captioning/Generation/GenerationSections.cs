using System.Text.Json;
using ImageToText.Captioning.ModelFiles;

namespace ImageToText.Captioning.Generation;

/// <summary>The places where a folder may have its generation keys. The first place that has a key wins.</summary>
internal sealed class GenerationSections : IDisposable
{
    private const string ConfigFile = "config.json";

    private readonly List<JsonDocument> _documents = [];
    private readonly List<(string Where, bool IsConfig, JsonElement Section)> _sections = [];

    private GenerationSections() { }

    /// <summary>Opens the files.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="alwaysConfig">
    /// Whether config.json is read for whatever generation_config.json lacks; otherwise it is read only if that file is missing.
    /// </param>
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

    /// <summary>Returns a key's value; null if no place has it, or all are null.</summary>
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

    /// <summary>A value and its place.</summary>
    /// <param name="Where">The file, and the section in it.</param>
    /// <param name="Key">The key.</param>
    /// <param name="Value">The value; not null.</param>
    /// <param name="IsConfig">Whether it is in config.json, among much that is about other things.</param>
    internal readonly record struct Found(string Where, string Key, JsonElement Value, bool IsConfig)
    {
        /// <summary>The exception for a value of the wrong kind.</summary>
        public ModelFormatException Refused(string expected) => new($"{Where}: {Key} is {Value.GetRawText()}; {expected} is expected.");
    }
}
