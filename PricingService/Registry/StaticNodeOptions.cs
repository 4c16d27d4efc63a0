using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;

namespace ImageToText.PricingService.Registry;

/// <summary>A node that does not register itself.</summary>
internal sealed class StaticNodeOptions
{
    /// <summary>Its http or https address.</summary>
    public string Address { get; set; } = "";

    /// <summary>Which API it speaks: Livepeer's AI runner's, or our own node's.</summary>
    public NodeKind Kind { get; set; } = NodeKind.Runner;

    /// <summary>The bearer token to send it; null: none.</summary>
    public string? Token { get; set; }

    /// <summary>The models that it serves.</summary>
    public List<StaticModelOptions> Models { get; } = [];

    /// <summary>What is wrong with it.</summary>
    internal IEnumerable<string> Check(string id, string key)
    {
        if (!NodeIds.IsValid(id))
        {
            yield return $"{key}: the node's id is '{id}': give {NodeIds.Rule}.";
        }

        if (!Uri.TryCreate(Address, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            yield return $"{key}:Address is '{Address}': write an address such as http://host:8000.";
        }

        if (Models.Count == 0)
        {
            yield return $"{key}:Models is empty: name one model or more.";
        }

        foreach (string wrong in Models.SelectMany((model, i) => model.Check($"{key}:Models:{i}")))
        {
            yield return wrong;
        }
    }
}

/// <summary>A model of a static node.</summary>
internal sealed class StaticModelOptions
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

    /// <summary>What is wrong with it.</summary>
    internal IEnumerable<string> Check(string key)
    {
        if (ModelId.Length == 0)
        {
            yield return $"{key}:ModelId is missing: give the model's id.";
        }

        if (Capacity < 1)
        {
            yield return $"{key}:Capacity is {Capacity}: give 1 or more.";
        }

        if (PricePerUnit < 0)
        {
            yield return $"{key}:PricePerUnit is {PricePerUnit}: give 0 or more.";
        }

        if (PixelsPerUnit <= 0)
        {
            yield return $"{key}:PixelsPerUnit is {PixelsPerUnit}: give more than 0.";
        }
    }
}
