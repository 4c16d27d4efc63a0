using System.Text.Json;
using ImageToText.Contracts.Prices;

namespace ImageToText.PricingService.Prices;

/// <summary>An operator's <c>maxPricePerCapability.json</c>.</summary>
internal static class MaxPriceFile
{
    private const string AnyModel = "default";

    private static readonly string[] Known = ["pipeline", "model_id", "price_per_unit", "pixels_per_unit", "currency"];

    /// <summary>Reads the file.</summary>
    /// <returns>Caps by model (null: every other model), and a warning for everything skipped.</returns>
    /// <exception cref="OperatorFileException">A value is wrong; the message names file, entry and field.</exception>
    public static (IReadOnlyList<(string? ModelId, Price Price)> Caps, IReadOnlyList<string> Warnings) Read(string file)
    {
        using var json = OperatorFileEntry.Parse(file);
        if (
            json.RootElement.ValueKind != JsonValueKind.Object
            || !json.RootElement.TryGetProperty("capabilities_prices", out var entries)
            || entries.ValueKind != JsonValueKind.Array
        )
        {
            throw new OperatorFileException($"{Path.GetFileName(file)} must be an object with a list capabilities_prices.");
        }

        List<string> warnings =
        [
            .. json
                .RootElement.EnumerateObject()
                .Where(field => field.Name != "capabilities_prices")
                .Select(field => $"{Path.GetFileName(file)}: the field {field.Name} is unknown and ignored."),
        ];
        List<(string? ModelId, Price Price)> caps = [];
        int index = 0;
        foreach (var element in entries.EnumerateArray())
        {
            var entry = new OperatorFileEntry(file, index++, element);
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw new OperatorFileException($"{entry.Name} must be an object.");
            }

            warnings.AddRange(entry.UnknownFields(Known).Select(field => $"{entry.Name}: the field {field} is unknown and ignored."));
            string? pipeline = entry.Text("pipeline", required: true);
            if (pipeline != OperatorFileEntry.Pipeline)
            {
                warnings.Add($"{entry.Name}: the pipeline {pipeline} is not served here; the entry is ignored.");
                continue;
            }

            string? modelId = entry.Text("model_id");
            modelId = string.IsNullOrEmpty(modelId) || modelId == AnyModel ? null : modelId;
            if (caps.Any(cap => cap.ModelId == modelId))
            {
                throw entry.Wrong("model_id", $"repeats {modelId ?? AnyModel}");
            }

            caps.Add((modelId, entry.Price(required: true)));
        }

        return (caps, warnings);
    }
}
