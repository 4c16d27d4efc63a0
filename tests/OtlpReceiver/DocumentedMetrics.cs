using System.Text.RegularExpressions;

namespace ImageToText.OtlpReceiver;

/// <summary>A row of the metrics tables in docs/telemetry.md.</summary>
/// <param name="Service">The heading above the table.</param>
/// <param name="Name">The instrument's name.</param>
/// <param name="Prometheus">Its name at <c>/metrics</c>.</param>
/// <param name="Unit">Its unit.</param>
public sealed partial record DocumentedMetric(string Service, string Name, string Prometheus, string Unit)
{
    /// <summary>All rows.</summary>
    public static IReadOnlyList<DocumentedMetric> All { get; } = Read();

    /// <summary>The rows of one service.</summary>
    /// <param name="service">The heading: Gateway, Node, Pricing service or Every service.</param>
    public static IReadOnlyList<DocumentedMetric> Of(string service) =>
        All.Where(metric => metric.Service == service).ToArray() is { Length: > 0 } found
            ? found
            : throw new ArgumentException($"docs/telemetry.md has no metrics of '{service}'.");

    /// <summary>Whether a Prometheus exposition contains the metric.</summary>
    /// <param name="scraped">The answer of <c>/metrics</c>.</param>
    public bool IsIn(string scraped) => Regex.IsMatch(scraped, $@"^{Prometheus}(_bucket)?\{{", RegexOptions.Multiline);

    private static List<DocumentedMetric> Read()
    {
        using var stream = typeof(DocumentedMetric).Assembly.GetManifestResourceStream("telemetry.md")!;
        using var reader = new StreamReader(stream);
        var rows = new List<DocumentedMetric>();
        string heading = "";
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
            {
                heading = line.TrimStart('#', ' ');
            }
            else if (Row().Match(line) is { Success: true } row)
            {
                rows.Add(new DocumentedMetric(heading, row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value));
            }
        }
        return rows;
    }

    [GeneratedRegex(@"^\| `([a-z0-9_.]+)` \| `([a-z0-9_]+)` \| ([^ |]+) \|")]
    private static partial Regex Row();
}
