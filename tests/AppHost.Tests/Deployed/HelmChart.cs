using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ImageToText.AppHost.Tests.Deployed;

/// <summary>A chart's files, and the part of Helm's template language that they use: values, names, and conversions of a value.</summary>
internal sealed partial class HelmChart(string folder)
{
    private readonly string _chart = (string)Yaml.Read(Path.Combine(folder, "Chart.yaml"))["name"]!;

    /// <summary>What the templates read: as in <c>values.yaml</c>, where nothing else is set.</summary>
    public JsonNode Values { get; } = Yaml.Read(Path.Combine(folder, "values.yaml"));

    /// <summary>The templates, with everything put in.</summary>
    /// <exception cref="KeyNotFoundException">A path that a template reads is not among the values.</exception>
    public string[] Render() =>
        [
            .. Directory
                .EnumerateFiles(Path.Combine(folder, "templates"), "*.yaml", SearchOption.AllDirectories)
                .Order(StringComparer.Ordinal)
                .Select(file => Expression().Replace(File.ReadAllText(file), match => Evaluate(match.Groups[1].Value))),
        ];

    private string Evaluate(string expression)
    {
        string[] words = expression.Split('|', StringSplitOptions.TrimEntries);
        foreach (string? conversion in words.Skip(1))
        {
            Assert.Contains(conversion, (string[])["int", "toString"]);
        }

        return words[0] switch
        {
            ".Chart.Name" => _chart,
            ".Release.Name" => "release",
            var path when path.StartsWith(".Values.", StringComparison.Ordinal) => (string)
                path.Split('.')
                    .Skip(2)
                    .Aggregate(Values, (node, key) => node[key] ?? throw new KeyNotFoundException($"values.yaml has no {path}."))!,
            var other => throw new NotSupportedException($"The chart uses {{{{ {other} }}}}: not a value and not a name."),
        };
    }

    [GeneratedRegex(@"\{\{\s*([^}]*?)\s*\}\}")]
    private static partial Regex Expression();
}
