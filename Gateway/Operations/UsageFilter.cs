using System.ComponentModel;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Catalogue;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.Gateway.Operations;

/// <summary>What everyone's report of spend is about, and how it is broken down, as it was written.</summary>
internal sealed class UsageFilter
{
    [FromQuery(Name = "key_id"), Description("Only this key.")]
    public string? KeyId { get; init; }

    [FromQuery(Name = "node_id"), Description("Only this node.")]
    public string? NodeId { get; init; }

    [FromQuery(Name = "group_by")]
    [Description("What to break it down by: day, key, account, model, node, gateway, separated by commas.")]
    public string? GroupBy { get; init; }

    [FromQuery(Name = "from"), Description("The first UTC day, such as 2026-01-01.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("The last UTC day, included.")]
    public string? To { get; init; }

    [FromQuery(Name = "model_id"), Description("Only this model.")]
    public string? ModelId { get; init; }

    /// <inheritdoc cref="UsagePeriod.ToQuery"/>
    public UsageQuery ToQuery() =>
        new UsagePeriod
        {
            From = From,
            To = To,
            ModelId = ModelId,
        }.ToQuery() with
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
