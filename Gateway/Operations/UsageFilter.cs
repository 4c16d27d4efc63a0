using System.ComponentModel;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Catalogue;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.Gateway.Operations;

/// <summary>What else everyone's report of spend is about, and how it is broken down, as it was written.</summary>
internal sealed class UsageFilter
{
    [FromQuery(Name = "key_id"), Description("Only this key.")]
    public string? KeyId { get; init; }

    [FromQuery(Name = "node_id"), Description("Only this node.")]
    public string? NodeId { get; init; }

    [FromQuery(Name = "group_by")]
    [Description("What to break it down by: day, key, account, model, node, gateway, separated by commas.")]
    public string? GroupBy { get; init; }

    /// <summary>Reads them, for a period.</summary>
    /// <exception cref="RefusalException">400: a value can't be read.</exception>
    public UsageQuery ToQuery(UsagePeriod period) =>
        period.ToQuery() with
        {
            KeyId = JsonRoutes.Text(KeyId),
            NodeId = JsonRoutes.Text(NodeId),
            GroupBy = Dimensions(JsonRoutes.Text(GroupBy)),
        };

    private static IReadOnlyList<UsageDimension> Dimensions(string? text)
    {
        try
        {
            return UsageDimensions.Parse(text);
        }
        catch (FormatException unknown)
        {
            throw Refusals.BadRequest(unknown.Message, "group_by", unknown);
        }
    }
}
