using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace ImageToText.Containers.Tests.Compose;

/// <summary>The published Compose file, and what it gives its services.</summary>
internal sealed partial class ComposeFile
{
    private readonly YamlMappingNode _services;

    public ComposeFile(string path)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(File.ReadAllText(path)));
        _services = (YamlMappingNode)yaml.Documents.Single().RootNode["services"];
    }

    /// <summary>A service's variables.</summary>
    /// <param name="service">Its name.</param>
    /// <param name="environment">The content of the file <c>.env</c>.</param>
    /// <exception cref="KeyNotFoundException">A variable refers to something that doesn't exist.</exception>
    public Dictionary<string, string> Variables(string service, IReadOnlyDictionary<string, string> environment) =>
        ((YamlMappingNode)_services[service]["environment"]).Children.ToDictionary(
            variable => variable.Key.ToString(),
            variable => Placeholder().Replace(variable.Value.ToString(), match => environment[match.Groups[1].Value])
        );

    /// <summary>Where a service's volumes are mounted.</summary>
    public IEnumerable<string> Mounts(string service) =>
        ((YamlMappingNode)_services[service]).Children.TryGetValue("volumes", out var volumes)
            ? ((YamlSequenceNode)volumes).Children.Select(volume => volume["target"].ToString())
            : [];

    [GeneratedRegex(@"\$\{([A-Z_]+)\}")]
    private static partial Regex Placeholder();
}
