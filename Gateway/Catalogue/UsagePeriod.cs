using System.ComponentModel;
using ImageToText.Contracts.Ledger;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using Microsoft.AspNetCore.Mvc;

namespace ImageToText.Gateway.Catalogue;

/// <summary>The days and the model that a report of spend is about, as they were written.</summary>
internal sealed class UsagePeriod
{
    [FromQuery(Name = "from"), Description("The first UTC day, such as 2026-01-01.")]
    public string? From { get; init; }

    [FromQuery(Name = "to"), Description("The last UTC day, included.")]
    public string? To { get; init; }

    [FromQuery(Name = "model_id"), Description("Only this model.")]
    public string? ModelId { get; init; }

    /// <summary>Reads them.</summary>
    /// <exception cref="RefusalException">400: a value can't be read.</exception>
    public UsageQuery ToQuery() =>
        new()
        {
            From = JsonRoutes.Day(From, "from"),
            To = JsonRoutes.Day(To, "to"),
            ModelId = JsonRoutes.Text(ModelId),
        };
}
