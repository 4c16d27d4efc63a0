namespace ImageToText.Gateway.Jobs.Running;

/// <summary>The endpoints that a line of a batch may name, as far as they are mapped.</summary>
internal sealed class LineEndpoints(EndpointDataSource routes)
{
    /// <summary>The paths that OpenAI's batches know and that this gateway can answer.</summary>
    public static IReadOnlyList<string> Offered { get; } = ["/v1/chat/completions", "/v1/responses"];

    /// <summary>The endpoint at a path; null: none is offered there.</summary>
    public RouteEndpoint? At(string path) =>
        Offered.Contains(path, StringComparer.Ordinal)
            ? routes
                .Endpoints.OfType<RouteEndpoint>()
                .FirstOrDefault(endpoint =>
                    string.Equals("/" + endpoint.RoutePattern.RawText?.TrimStart('/'), path, StringComparison.Ordinal)
                    && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Post) != false
                )
            : null;
}
