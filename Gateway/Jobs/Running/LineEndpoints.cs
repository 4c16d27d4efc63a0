namespace ImageToText.Gateway.Jobs.Running;

/// <summary>The endpoints that items are sent to, as far as they are mapped.</summary>
internal sealed class LineEndpoints(EndpointDataSource routes)
{
    /// <summary>The paths that OpenAI's batches know and that this gateway can answer.</summary>
    public static IReadOnlyList<string> Offered { get; } = ["/v1/chat/completions", "/v1/responses"];

    /// <summary>The path that the items of our own jobs are sent to.</summary>
    public const string Native = "/image-to-text";

    /// <summary>Whether a batch may name a path.</summary>
    public bool IsOffered(string path) => Offered.Contains(path, StringComparer.Ordinal) && At(path) is not null;

    /// <summary>The endpoint at a path; null: none is offered there.</summary>
    public RouteEndpoint? At(string path) =>
        path == Native || Offered.Contains(path, StringComparer.Ordinal)
            ? routes
                .Endpoints.OfType<RouteEndpoint>()
                .FirstOrDefault(endpoint =>
                    string.Equals("/" + endpoint.RoutePattern.RawText?.TrimStart('/'), path, StringComparison.Ordinal)
                    && endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Post) != false
                )
            : null;
}
