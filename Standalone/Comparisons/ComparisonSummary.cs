using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Comparisons;

/// <summary>The comparison in a few figures: a row, or one line with a JSON object, per model.</summary>
internal static class ComparisonSummary
{
    public static void Write(Comparison comparison, bool json, Terminal terminal)
    {
        if (json)
        {
            foreach (var model in comparison.Models)
            {
                terminal.Out.WriteLine(JsonSerializer.Serialize(Line(model), ComparedModelJson.Default.ComparedModelLine));
            }

            return;
        }

        var listing = new Listing(
            "MODEL",
            new("CAPTIONS", IsNumber: true),
            new("MS EACH", IsNumber: true),
            new("USD", IsNumber: true),
            new("BLEU-4", IsNumber: true),
            new("CIDEr-D", IsNumber: true)
        );
        foreach (var model in comparison.Models)
        {
            listing.Add(
                model.Located.Id,
                Text(model.Captions.Count, "0"),
                Text(model.MedianTime?.TotalMilliseconds, "0"),
                Text((double)model.Cost, "0.#########"),
                Text(model.Bleu, "0.000"),
                Text(model.Cider, "0.000")
            );
        }

        listing.Write(terminal);
    }

    /// <summary>A figure, or a dash if there is none.</summary>
    public static string Text(double? figure, string format) => figure?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static ComparedModelLine Line(ComparedModel model) =>
        new(
            model.Located.Id,
            model.Located.Folder,
            model.Captions.Count,
            model.LoadTime.TotalSeconds,
            model.MedianTime?.TotalMilliseconds,
            model.Price.UsdPerPixel,
            model.Cost,
            model.Bleu,
            model.Cider
        );
}

/// <summary>One line of 'models compare --json'.</summary>
internal sealed record ComparedModelLine(
    string Id,
    string Folder,
    int Captions,
    double LoadSeconds,
    double? MedianMilliseconds,
    decimal UsdPerPixel,
    decimal CostUsd,
    double? Bleu4,
    double? CiderD
);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ComparedModelLine))]
internal sealed partial class ComparedModelJson : JsonSerializerContext;
