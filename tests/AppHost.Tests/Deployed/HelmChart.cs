using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ImageToText.AppHost.Tests.Deployed;

/// <summary>A chart's files, and the part of Helm's template language that they use: values, names and conversions.</summary>
internal sealed partial class HelmChart(string folder)
{
    private readonly string _chart = (string)Yaml.Read(Path.Combine(folder, "Chart.yaml"))["name"]!;

    /// <summary>The values that the templates read: those of <c>values.yaml</c> unless set otherwise.</summary>
    public JsonNode Values { get; } = Yaml.Read(Path.Combine(folder, "values.yaml"));

    /// <summary>The rendered templates.</summary>
    /// <exception cref="KeyNotFoundException">A template reads a path that is not in the values.</exception>
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
            var other => throw new NotSupportedException($"The chart uses {{{{ {other} }}}}, which is neither a value nor a name."),
        };
    }

    [GeneratedRegex(@"\{\{\s*([^}]*?)\s*\}\}")]
    private static partial Regex Expression();
}
