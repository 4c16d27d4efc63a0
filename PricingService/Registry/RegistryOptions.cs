using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Registry;

/// <summary>The registry of nodes: <c>Pricing:Registry</c>.</summary>
internal sealed class RegistryOptions
{
    public const string Section = "Pricing:Registry";

    /// <summary>A node that has not renewed for this long is removed.</summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>How often leases and the operator's files are checked. Changes are reported at once.</summary>
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>The path of an operator's <c>aiModels.json</c>; null: none.</summary>
    public string? AiModelsFile { get; set; }

    /// <summary>The model for requests that name none; null: the first warm one.</summary>
    public string? DefaultModelId { get; set; }

    /// <summary>Nodes that do not register themselves, by id.</summary>
    public Dictionary<string, StaticNode> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>A node that does not register itself.</summary>
    internal sealed class StaticNode
    {
        /// <summary>Its http or https address.</summary>
        public string Address { get; set; } = "";

        /// <summary>Which API it speaks: Livepeer's AI runner's, or our own node's.</summary>
        public NodeKind Kind { get; set; } = NodeKind.Runner;

        /// <summary>The bearer token to send it; null: none.</summary>
        public string? Token { get; set; }

        /// <summary>The models that it serves.</summary>
        public List<StaticModel> Models { get; } = [];
    }

    /// <summary>A model of a static node.</summary>
    internal sealed class StaticModel
    {
        /// <summary>The model's id.</summary>
        public string ModelId { get; set; } = "";

        /// <summary>Whether it is loaded already.</summary>
        public bool Warm { get; set; } = true;

        /// <summary>How many requests it takes at a time.</summary>
        public int Capacity { get; set; } = 1;

        /// <summary>Price of one unit; null: the operator's or the recommended price.</summary>
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
                wrong.Add($"{Section}:Ttl is {options.Ttl}: give a second or more, such as 00:00:10.");
            }

            if (options.SweepEvery <= TimeSpan.Zero || options.SweepEvery > TimeSpan.FromSeconds(10))
            {
                wrong.Add($"{Section}:SweepEvery is {options.SweepEvery}: give more than zero and at most 10 seconds, such as 00:00:02.");
            }

            if (options.AiModelsFile is { Length: > 0 } file && !File.Exists(file))
            {
                wrong.Add($"{Section}:AiModelsFile is '{file}': there is no such file.");
            }

            foreach (var (id, node) in options.Nodes)
            {
                string key = $"{Section}:Nodes:{id}";
                if (!NodeIds.IsValid(id))
                {
                    wrong.Add($"{key}: the node's id is '{id}': give {NodeIds.Rule}.");
                }

                if (!Uri.TryCreate(node.Address, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
                {
                    wrong.Add($"{key}:Address is '{node.Address}': write an address such as http://host:8000.");
                }

                if (node.Models.Count == 0)
                {
                    wrong.Add($"{key}:Models is empty: name one model or more.");
                }

                for (int i = 0; i < node.Models.Count; i++)
                {
                    var model = node.Models[i];
                    if (model.ModelId.Length == 0)
                    {
                        wrong.Add($"{key}:Models:{i}:ModelId is missing: give the model's id.");
                    }

                    if (model.Capacity < 1)
                    {
                        wrong.Add($"{key}:Models:{i}:Capacity is {model.Capacity}: give 1 or more.");
                    }

                    if (model.PricePerUnit < 0)
                    {
                        wrong.Add($"{key}:Models:{i}:PricePerUnit is {model.PricePerUnit}: give 0 or more.");
                    }

                    if (model.PixelsPerUnit <= 0)
                    {
                        wrong.Add($"{key}:Models:{i}:PixelsPerUnit is {model.PixelsPerUnit}: give more than 0.");
                    }
                }
            }

            return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
        }
    }
}
