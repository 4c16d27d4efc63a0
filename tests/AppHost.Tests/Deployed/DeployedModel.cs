using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ImageToText.AppHost.Tests.Deployed;

/// <summary>The model's manifest in the terms of a target.</summary>
/// <param name="resources">The manifest's resources.</param>
/// <param name="host">A resource's name in the target's network.</param>
/// <param name="parameter">How the target writes a parameter's value.</param>
internal sealed partial class DeployedModel(JsonObject resources, Func<string, string> host, Func<string, string> parameter)
{
    /// <summary>The names of everything that becomes a container: our services and the stores.</summary>
    public IEnumerable<string> Containers => Named("container.v0", "project.v0");

    /// <summary>The names of our own services.</summary>
    public IEnumerable<string> Services => Named("project.v0");

    /// <summary>A container's variables.</summary>
    public Dictionary<string, string> Variables(string container) =>
        resources[container]!["env"]!.AsObject().ToDictionary(variable => variable.Key, variable => Resolve((string)variable.Value!));

    /// <summary>The ports that a container listens on.</summary>
    public string[] Ports(string container) =>
        [.. Bindings(container).Select(binding => binding["targetPort"]!.ToString()).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Those that are reachable from outside.</summary>
    public string[] PublishedPorts(string container) =>
        [.. Bindings(container).Where(binding => (bool?)binding["external"] == true).Select(binding => binding["targetPort"]!.ToString())];

    /// <summary>The port for health and metrics only, or null if there is none.</summary>
    public string? ManagementPort(string container) => resources[container]!["bindings"]!["management"]?["targetPort"]!.ToString();

    /// <summary>A store's image.</summary>
    public string? Image(string container) => (string?)resources[container]!["image"];

    /// <summary>A store's command: entry point and arguments.</summary>
    public string[] Command(string container) =>
        [.. (string?)resources[container]!["entrypoint"] is { } entry ? new[] { entry } : [], .. resources[container]!["args"].Strings()];

    /// <summary>A store's volumes by mount point.</summary>
    public Dictionary<string, string> Volumes(string container) =>
        (resources[container]!["volumes"]?.AsArray() ?? []).ToDictionary(
            volume => (string)volume!["target"]!,
            volume => (string)volume!["name"]!
        );

    private IEnumerable<string> Named(params string[] types) =>
        resources.Where(resource => types.Contains((string?)resource.Value!["type"])).Select(resource => resource.Key);

    private IEnumerable<JsonNode> Bindings(string container) =>
        resources[container]!["bindings"]!.AsObject().Select(binding => binding.Value!);

    private string Resolve(string text) => Reference().Replace(text, match => Follow(match.Groups[1].Value));

    private string Follow(string reference)
    {
        string[] path = reference.Split('.');
        var resource =
            resources[path[0]] ?? throw new KeyNotFoundException($"The manifest has no {path[0]}, which {{{reference}}} refers to.");
        if (path is [_, "bindings", var binding, var property])
        {
            var bound = resource["bindings"]![binding]!;
            string port = bound["targetPort"]!.ToString();
            return property switch
            {
                "host" => host(path[0]),
                "port" or "targetPort" => port,
                "scheme" => (string)bound["scheme"]!,
                "url" => $"{bound["scheme"]}://{host(path[0])}:{port}",
                _ => throw new NotSupportedException($"This test doesn't know the address part {{{reference}}}."),
            };
        }

        return (string?)resource["type"] == "parameter.v0" ? parameter(path[0]) : Resolve((string)resource[path[1]]!);
    }

    [GeneratedRegex(@"\{([^{}]+)\}")]
    private static partial Regex Reference();
}
