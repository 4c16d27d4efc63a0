using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Registry;

namespace ImageToText.Gateway.Dialects.StableDiffusion;

/// <summary>GET /sdapi/v1/interrogate as in SD.Next: the names that a request may give as its model.</summary>
internal sealed class InterrogatorsEndpoint(
    CaptionEndpoint captions,
    InterrogationDialect dialect,
    RequestAuthorizer authorizer,
    Network network
)
{
    /// <summary>Answers with the list.</summary>
    public Task HandleAsync(HttpContext http) =>
        captions.GuardAsync(
            http,
            dialect,
            async _ =>
            {
                await authorizer.IdentifyAsync(http);
                await http.Response.WriteAsJsonAsync(
                    [.. network.View.ModelIds.Order(StringComparer.Ordinal)],
                    InterrogationJson.Default.IReadOnlyListString,
                    cancellationToken: http.RequestAborted
                );
            }
        );
}
