using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Nodes;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>
/// The network's models as Ollama describes models. A name without a tag means the tag <c>latest</c>, which is the only one here.
/// </summary>
internal sealed class OllamaModels(Network network, NodeModels nodes, ModelReports reports, TimeProvider time)
{
    private const string Tag = ":latest";

    // Nobody here knows when a model was made, or when a node will let it go.
    private static readonly DateTime Unknown = DateTime.UnixEpoch;
    private static readonly TimeSpan Forever = TimeSpan.FromDays(36_500);

    /// <summary>The id of the model that a caller names; null: none was named.</summary>
    public string? IdOf(string? name)
    {
        var view = network.View;
        if (name is null || view.Knows(name))
        {
            return name;
        }

        string id = name.EndsWith(Tag, StringComparison.OrdinalIgnoreCase) ? name[..^Tag.Length] : name;
        return view.Knows(id) ? id : view.ModelIds.FirstOrDefault(other => other.Equals(id, StringComparison.OrdinalIgnoreCase)) ?? id;
    }

    /// <summary>Checks that a caller may use a model.</summary>
    /// <exception cref="RefusalException">There is no such model for this caller.</exception>
    public void Check(KeyGrant caller, string? modelId) => ModelAndCapStep.ModelFor(network, caller, modelId);

    /// <summary>Sees to it that a model is loaded on some node, and waits for it.</summary>
    /// <exception cref="RefusalException">There is no such model for this caller, or no node can load it.</exception>
    public async Task LoadAsync(KeyGrant caller, string? modelId, CancellationToken cancellationToken)
    {
        string model = ModelAndCapStep.ModelFor(network, caller, modelId);
        var offers = network
            .View.Snapshot.Nodes.Where(static node => node.State == NodeState.Active)
            .SelectMany(static node => node.Models, static (node, offered) => (node, offered))
            .Where(pair => pair.offered.ModelId == model)
            .ToArray();
        if (offers.Length == 0)
        {
            throw new RefusalException(Refusals.NoNode(model));
        }

        // A plain runner loads and unloads by itself.
        if (
            offers.All(static pair => pair.offered.State != ModelState.Warm)
            && offers.FirstOrDefault(static pair => pair.node.Kind == NodeKind.Native).node is { } able
        )
        {
            await nodes.LoadAsync(able.NodeId, model, cancellationToken);
        }
    }

    /// <summary>The models that are offered or, if <paramref name="loaded"/>, those that are loaded somewhere.</summary>
    public async Task<OllamaModelList> ListAsync(bool loaded, CancellationToken cancellationToken)
    {
        var view = network.View;
        var known = await reports.ReadAsync(cancellationToken);
        var until = time.GetUtcNow().UtcDateTime + Forever;
        return new OllamaModelList([
            .. view
                .ModelIds.Where(id => !loaded || view.OffersOf(id).Any(static offer => offer.Warm))
                .Order(StringComparer.Ordinal)
                .Select(id => ModelOf(view, id, known.GetValueOrDefault(id)))
                .Select(model =>
                    loaded ? model with { ExpiresAt = until, SizeVram = model.SizeVram ?? 0 } : model with { SizeVram = null }
                ),
        ]);
    }

    /// <summary>What Ollama says of pulling a model that is there already. Nodes pull models when an operator says so.</summary>
    /// <exception cref="RefusalException">404: nobody offers it.</exception>
    public async Task<IReadOnlyList<OllamaPullStep>> PullAsync(string? name, CancellationToken cancellationToken)
    {
        var view = network.View;
        string id = OfferedId(view, name);
        var model = ModelOf(view, id, (await reports.ReadAsync(cancellationToken)).GetValueOrDefault(id));
        return
        [
            new OllamaPullStep("pulling manifest"),
            new OllamaPullStep($"pulling {model.Digest[..12]}")
            {
                Digest = "sha256:" + model.Digest,
                Total = model.Size,
                Completed = model.Size,
            },
            new OllamaPullStep("success"),
        ];
    }

    /// <summary>One model.</summary>
    /// <exception cref="RefusalException">404: nobody offers it.</exception>
    public async Task<OllamaShownModel> ShowAsync(string? name, CancellationToken cancellationToken)
    {
        var view = network.View;
        string id = OfferedId(view, name);
        var report = (await reports.ReadAsync(cancellationToken)).GetValueOrDefault(id);
        var facts = new Dictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            ["general.architecture"] = Json(report?.Architecture ?? ""),
            ["general.basename"] = Json(id),
        };
        if (report?.Parameters is { } parameters)
        {
            facts["general.parameter_count"] = Json(parameters);
        }

        return new OllamaShownModel("", "", "", DetailsOf(view, id, report), facts, ["completion", "vision"], Unknown);
    }

    private string OfferedId(NetworkView view, string? name)
    {
        string id = ModelAndCapStep.ModelOf(view, IdOf(name));
        return view.Knows(id) ? id : throw Refusals.UnknownModel(id);
    }

    private static OllamaModel ModelOf(NetworkView view, string id, ServedModel? report) =>
        new(
            id + Tag,
            id + Tag,
            Unknown,
            report?.MemoryBytes ?? 0,
            // A node's revision is no digest of the usual length, but programs compare whole digests only.
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}\n{view.RevisionOf(id)}"))),
            DetailsOf(view, id, report)
        )
        {
            SizeVram =
                report is { Provider: { } provider, MemoryBytes: { } bytes } && provider.StartsWith("CUDA", StringComparison.Ordinal)
                    ? bytes
                    : null,
        };

    private static OllamaModelDetails DetailsOf(NetworkView view, string id, ServedModel? report)
    {
        string family = report?.Architecture ?? "";
        string? precision =
            report?.Precision
            ?? view.Snapshot.Nodes.SelectMany(static node => node.Models).FirstOrDefault(model => model.ModelId == id)?.Precision;
        return new OllamaModelDetails(
            "",
            "safetensors",
            family,
            family.Length > 0 ? [family] : [],
            report?.Parameters is { } count ? SizeOf(count) : "",
            precision switch
            {
                null => "",
                "int8" => "Q8_0",
                _ => precision.ToUpperInvariant(),
            }
        );
    }

    private static string SizeOf(long parameters) =>
        parameters >= 1_000_000_000
            ? string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e9:0.#}B")
            : string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e6:0.##}M");

    private static JsonElement Json(string text) => JsonSerializer.SerializeToElement(text, PlainJson.Ollama.String);

    private static JsonElement Json(long number) => JsonSerializer.SerializeToElement(number, PlainJson.Ollama.Int64);
}
