using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace ImageToText.AppHost.Tests;

/// <summary>Renders the part of Helm's template language that the published chart uses: values, names, and conversions of a value.</summary>
internal sealed partial class HelmChart(YamlNode values, string chart, string release)
{
    public static HelmChart Load(Published published)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(published.Read("values.yaml")));
        return new HelmChart(yaml.Documents.Single().RootNode, "imagetotext", "release");
    }

    /// <summary>The rendered template.</summary>
    /// <exception cref="KeyNotFoundException">A path that the template reads is not among the values.</exception>
    public string Render(string template) => Expression().Replace(template, match =>
    {
        var words = match.Groups[1].Value.Split('|', StringSplitOptions.TrimEntries);
        foreach (var conversion in words.Skip(1))
            Assert.Contains(conversion, (string[])["int", "toString"]);
        return words[0] switch
        {
            ".Chart.Name" => chart,
            ".Release.Name" => release,
            var path when path.StartsWith(".Values.", StringComparison.Ordinal) =>
                path.Split('.').Skip(2).Aggregate(values, (node, key) => node[key]).ToString(),
            var other => throw new NotSupportedException($"The chart uses {{{{ {other} }}}}: not a value and not a name."),
        };
    });

    [GeneratedRegex(@"\{\{\s*([^}]*?)\s*\}\}")]
    private static partial Regex Expression();
}
