using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Registry;

/// <summary>The registry of nodes.</summary>
internal sealed class RegistryOptions
{
    public const string Section = "Pricing:Registry";

    /// <summary>A node that has not renewed for so long leaves.</summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often leases are looked over.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>An operator's <c>aiModels.json</c>; null: none.</summary>
    public string? AiModelsFile { get; set; }

    /// <summary>Model for requests that name none; null: the first warm one.</summary>
    public string? DefaultModelId { get; set; }

    /// <summary>Nodes that do not register themselves, by id.</summary>
    public Dictionary<string, StaticNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>A node that does not register itself.</summary>
    internal sealed class StaticNode
    {
        /// <summary>Its http or https address.</summary>
        public string Address { get; set; } = "";

        /// <summary>Livepeer's AI runner, or a node of ours.</summary>
        public NodeKind Kind { get; set; } = NodeKind.Runner;

        /// <summary>The bearer token that it asks for; null: none.</summary>
        public string? Token { get; set; }

        /// <summary>What it serves.</summary>
        public List<StaticModel> Models { get; } = [];
    }

    /// <summary>A model of a static node.</summary>
    internal sealed class StaticModel
    {
        /// <summary>The model's id.</summary>
        public string ModelId { get; set; } = "";

        /// <summary>Whether it is loaded already.</summary>
        public bool Warm { get; set; } = true;

        /// <summary>Requests that it takes at a time.</summary>
        public int Capacity { get; set; } = 1;

        /// <summary>Price of one unit; null: the operator's or the recommended one.</summary>
        public decimal? PricePerUnit { get; set; }

        /// <summary>Input pixels in one unit.</summary>
        public decimal PixelsPerUnit { get; set; } = 1;

        /// <summary>The currency of <see cref="PricePerUnit"/>.</summary>
        public Currency Currency { get; set; } = Currency.Usd;
    }

    internal sealed class Validation : IValidateOptions<RegistryOptions>
    {
        public ValidateOptionsResult Validate(string? name, RegistryOptions options)
        {
            List<string> wrong = [];
            if (options.Ttl < TimeSpan.FromSeconds(1))
            {
                wrong.Add($"{Section}:Ttl must be at least a second.");
            }

            if (options.SweepEvery <= TimeSpan.Zero || options.SweepEvery > TimeSpan.FromSeconds(1))
            {
                wrong.Add($"{Section}:SweepEvery must be more than zero and at most a second.");
            }

            if (options.AiModelsFile is { Length: > 0 } file && !File.Exists(file))
            {
                wrong.Add($"{Section}:AiModelsFile names {file}, which does not exist.");
            }

            foreach (var (id, node) in options.Nodes)
            {
                var key = $"{Section}:Nodes:{id}";
                if (!NodeIds.IsValid(id))
                {
                    wrong.Add($"{key}: the node's id must be of {NodeIds.Rule}.");
                }

                if (!Uri.TryCreate(node.Address, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
                {
                    wrong.Add($"{key}:Address must be an http or https address.");
                }

                if (node.Models.Count == 0)
                {
                    wrong.Add($"{key}:Models must name at least one model.");
                }

                for (var i = 0; i < node.Models.Count; i++)
                {
                    var model = node.Models[i];
                    if (model.ModelId.Length == 0)
                    {
                        wrong.Add($"{key}:Models:{i}:ModelId must be set.");
                    }

                    if (model.Capacity < 1)
                    {
                        wrong.Add($"{key}:Models:{i}:Capacity must be at least 1.");
                    }

                    if (model.PricePerUnit < 0)
                    {
                        wrong.Add($"{key}:Models:{i}:PricePerUnit must not be negative.");
                    }

                    if (model.PixelsPerUnit <= 0)
                    {
                        wrong.Add($"{key}:Models:{i}:PixelsPerUnit must be more than zero.");
                    }
                }
            }

            return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
        }
    }
}
