using System.Text.Json;
using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Prices;

namespace ImageToText.PricingService.Registry;

/// <summary>
/// An operator's <c>aiModels.json</c>. Entries with a <c>url</c> are separate runners; the others state the price of a model
/// wherever it runs.
/// </summary>
internal static class AiModelsFile
{
    /// <summary>The source given for its nodes.</summary>
    public const string Source = "aiModels.json";

    private static readonly string[] Known =
    [
        "pipeline",
        "model_id",
        "url",
        "token",
        "warm",
        "capacity",
        "price_per_unit",
        "pixels_per_unit",
        "currency",
        "optimization_flags",
        "gateway",
    ];

    /// <summary>
    /// The id of the node at that address, since the file has none. It is ASCII like every id, whatever letters the host's name
    /// has.
    /// </summary>
    public static string NodeId(Uri address)
    {
        // The IDN form of an IPv6 address lacks the brackets that ids have.
        string host = address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost;
        return $"runner-{host}-{address.Port}{address.AbsolutePath.TrimEnd('/').Replace('/', '-')}";
    }

    /// <summary>Reads the file.</summary>
    /// <returns>Its contents, with a warning for everything skipped.</returns>
    /// <exception cref="OperatorFileException">A value is wrong; the message names file, entry and field.</exception>
    public static Content Read(string file)
    {
        using var json = OperatorFileEntry.Parse(file);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new OperatorFileException($"{Path.GetFileName(file)} must hold a list of models.");
        }

        Content content = new([], [], []);
        int index = 0;
        foreach (var element in json.RootElement.EnumerateArray())
        {
            var entry = new OperatorFileEntry(file, index++, element);
            if (element.ValueKind != JsonValueKind.Object)
            {
                throw new OperatorFileException($"{entry.Name} must be an object.");
            }

            content.Warnings.AddRange(
                entry.UnknownFields(Known).Select(field => $"{entry.Name}: the field {field} is unknown and ignored.")
            );
            string? pipeline = entry.Text("pipeline", required: true);
            if (pipeline != OperatorFileEntry.Pipeline)
            {
                content.Warnings.Add($"{entry.Name}: the pipeline {pipeline} is not served here; the entry is ignored.");
                continue;
            }

            string modelId = entry.Text("model_id", required: true)!;
            var price = entry.Price(required: true);
            var model = new NodeModel(
                modelId,
                null,
                entry.Flag("warm") ? ModelState.Warm : ModelState.OnDemand,
                entry.Count("capacity", 1),
                price,
                null,
                entry.Flags("optimization_flags")
            );
            _ = entry.Text("gateway");
            string? token = entry.Text("token");
            if (entry.Address("url") is not { } address)
            {
                if (!content.Prices.TryAdd(modelId, price))
                {
                    throw entry.Wrong("model_id", $"repeats {modelId}, which an earlier entry has priced");
                }

                continue;
            }

            // A container that somebody runs is loaded already, whatever `warm` says about the operator's own.
            model = model with
            {
                State = ModelState.Warm,
            };
            var known = content.Nodes.Find(node => node.Address == address);
            if (known is null)
            {
                content.Nodes.Add(new(address, token is { Length: > 0 } ? token : null, [model]));
            }
            else if (known.Models.Any(other => other.ModelId == modelId))
            {
                throw entry.Wrong("model_id", $"repeats {modelId} for the same url");
            }
            else
            {
                known.Models.Add(model);
            }
        }

        return content;
    }

    /// <summary>The contents of the file.</summary>
    /// <param name="Nodes">Runners named by URL.</param>
    /// <param name="Prices">Prices of models, wherever they run.</param>
    /// <param name="Warnings">What was skipped.</param>
    internal sealed record Content(List<Runner> Nodes, Dictionary<string, Price> Prices, List<string> Warnings);

    /// <summary>A runner named by URL.</summary>
    internal sealed record Runner(Uri Address, string? Token, List<NodeModel> Models);
}
