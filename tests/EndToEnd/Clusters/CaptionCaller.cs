using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using ImageToText.Contracts.Client;
using ImageToText.Contracts.Ledger;

namespace ImageToText.EndToEnd.Clusters;

/// <summary>The answer to a caller.</summary>
/// <param name="Status">The status.</param>
/// <param name="RequestId">The request's id.</param>
/// <param name="Node">The node that captioned, or null if none did.</param>
/// <param name="Cost">The cost in USD.</param>
internal sealed record Answer(HttpStatusCode Status, string RequestId, string? Node, decimal Cost);

/// <summary>Callers of gateways and of the pricing service.</summary>
internal static class CaptionCaller
{
    /// <summary>At the default price, 512 x 512 pixels cost <see cref="CostOfSquare"/>.</summary>
    public static readonly byte[] Square = Pictures.Png(512, 512);

    public const decimal CostOfSquare = 0.000065536m;

    /// <summary>A client that sends a key or token.</summary>
    public static HttpClient Client(Uri address, string token)
    {
        var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(2) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return http;
    }

    /// <summary>Requests a caption of <see cref="Square"/>.</summary>
    public static Task<Answer> CaptionAsync(HttpClient http, CancellationToken cancellationToken) =>
        CaptionAsync(http, Square, cancellationToken);

    /// <summary>Requests a caption of a picture.</summary>
    public static async Task<Answer> CaptionAsync(HttpClient http, byte[] picture, CancellationToken cancellationToken)
    {
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(picture), cancellationToken);
        return new Answer(
            answer.StatusCode,
            answer.Headers.GetValues("x-request-id").Single(),
            answer.Headers.TryGetValues("x-node", out var node) ? node.Single() : null,
            answer.Headers.TryGetValues("x-cost-usd", out var cost) ? decimal.Parse(cost.Single(), CultureInfo.InvariantCulture) : 0
        );
    }

    /// <summary>The whole ledger, read page by page.</summary>
    public static async Task<List<UsageRecord>> LedgerAsync(PricingClient pricing, CancellationToken cancellationToken)
    {
        var all = new List<UsageRecord>();
        long? after = null;
        while (true)
        {
            var page = await pricing.GetLedgerAsync(new UsageQuery(), after, 1000, cancellationToken);
            all.AddRange(page.Entries.Select(static entry => entry.Record));
            if (page.Next is not { } next)
            {
                return all;
            }

            after = next;
        }
    }
}
