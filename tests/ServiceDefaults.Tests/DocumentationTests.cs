using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageToText.OtlpReceiver;

namespace ImageToText.ServiceDefaults.Tests;

public sealed partial class DocumentationTests
{
    [Fact]
    public void The_dashboard_uses_only_documented_metrics()
    {
        var dashboard = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "deploy/grafana/imagetotext.json")))!;
        string[] queries = dashboard["panels"]!
            .AsArray()
            .SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
            .Select(target => (string)target!["expr"]!)
            .ToArray();
        Assert.NotEmpty(queries);
        Assert.All(queries, AssertKnown);
    }

    [Fact]
    public void The_alerts_use_only_documented_metrics()
    {
        string rules = File.ReadAllText(Path.Combine(Repository.Root, "deploy/prometheus/alerts.yaml"));
        string[] queries = Query().Matches(rules).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(Alert().Count(rules), queries.Length);
        Assert.All(queries, AssertKnown);
    }

    private static void AssertKnown(string query)
    {
        var table = DocumentedMetric.All.Select(metric => metric.Prometheus).ToHashSet(StringComparer.Ordinal);
        // A metric is the name before a selector, a range or an operator. A histogram has three series.
        string[] metrics = Metric()
            .Matches(Grouping().Replace(query, ""))
            .Select(match => Series().Replace(match.Value, ""))
            .Where(name => name != "up")
            .ToArray();
        Assert.True(metrics.Length > 0 || query.Contains("up{", StringComparison.Ordinal), query);
        Assert.All(metrics, name => Assert.Contains(name, table));
    }

    [GeneratedRegex(@"expr: (?:\|\n)?((?:[^\n]+\n)(?: {12}[^\n]+\n)*)")]
    private static partial Regex Query();

    [GeneratedRegex("- alert: ")]
    private static partial Regex Alert();

    [GeneratedRegex(@"\b[a-z]+(?:_[a-z]+){2,}\b(?=[\[{)\s]|$)(?!"")(?=[^""]*(?:""[^""]*""[^""]*)*$)")]
    private static partial Regex Metric();

    [GeneratedRegex(@"\bby \([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex("_(bucket|count|sum)$")]
    private static partial Regex Series();
}
