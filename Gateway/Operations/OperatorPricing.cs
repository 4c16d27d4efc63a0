using System.Net.Http.Headers;
using ImageToText.Contracts.Client;
using ImageToText.Gateway.Admission;

namespace ImageToText.Gateway.Operations;

/// <summary>
/// The pricing service as an operator may use it: with the operator's own key. A gateway's token can't change prices or make
/// keys, and the history names who did.
/// </summary>
internal sealed class OperatorPricing(IHttpClientFactory clients)
{
    /// <summary>The client for one request.</summary>
    public PricingClient Of(HttpContext http)
    {
        var client = clients.CreateClient(GatewayApp.PricingHttpClient);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RequestAuthorizer.SecretOf(http));
        return new PricingClient(client);
    }
}
