using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.OpenAi;

namespace ImageToText.Gateway.Jobs;

/// <summary>Endpoint metadata: a call counts as one of the key's requests, and the key must be allowed to caption.</summary>
internal sealed class CountedRoute
{
    public static CountedRoute Metadata { get; } = new();
}

/// <summary>Admits the caller of a route of jobs, and turns what its handler throws into refusals as OpenAI words them.</summary>
internal sealed class JobRouteFilter(CaptionEndpoint endpoint, OpenAiDialect dialect, RequestAuthorizer authorizer, JobStoreGuard guard)
    : IEndpointFilter
{
    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        await endpoint.GuardAsync(
            http,
            dialect,
            async _ =>
            {
                bool counts = http.GetEndpoint()?.Metadata.GetMetadata<CountedRoute>() is not null;
                http.Items[typeof(KeyGrant)] = counts ? await authorizer.AdmitAsync(http) : await authorizer.IdentifyAsync(http);
                object? answer = await guard.AskAsync(async () => await next(context));
                // Within the guard, which also words what fails while the answer is written.
                await ((IResult)answer!).ExecuteAsync(http);
            }
        );
        return Results.Empty;
    }
}
