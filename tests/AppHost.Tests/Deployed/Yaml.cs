using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;

namespace ImageToText.AppHost.Tests.Deployed;

/// <summary>YAML as JSON nodes, every scalar a string.</summary>
internal static class Yaml
{
    /// <summary>Reads a file with one document.</summary>
    public static JsonNode Read(string path) => Assert.Single(Parse(File.ReadAllText(path)));

    /// <summary>All documents of a text.</summary>
    public static JsonNode[] Parse(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return [.. stream.Documents.Select(document => Convert(document.RootNode))];
    }

    /// <summary>The strings of a sequence, or none if there is no sequence.</summary>
    public static string[] Strings(this JsonNode? sequence) => [.. (sequence?.AsArray() ?? []).Select(item => (string)item!)];

    private static JsonNode Convert(YamlNode node) =>
        node switch
        {
            YamlMappingNode mapping => new JsonObject(
                mapping.Children.Select(pair => KeyValuePair.Create(pair.Key.ToString(), (JsonNode?)Convert(pair.Value)))
            ),
            YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
            _ => JsonValue.Create(node.ToString()),
        };
}
