using ImageToText.Captioning;

namespace ImageToText.Bench.Report;

/// <summary>What docs/performance.md calls models, runs and number formats.</summary>
internal static class ReportTitle
{
    public static string Title(Precision precision) => precision.ToString().ToLowerInvariant();

    public static string Title(string name) =>
        name switch
        {
            "blip-base" => "BLIP-base",
            "blip-large" => "BLIP-large",
            "stack" => "Whole service, starter",
            _ when name.StartsWith("node-", StringComparison.Ordinal) && name.LastIndexOf('-') is var dash =>
                $"Node, {Title(name["node-".Length..dash])} {name[(dash + 1)..]}",
            _ => name,
        };
}
