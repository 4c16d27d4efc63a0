using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Dialects.Native;

namespace ImageToText.Gateway.Jobs;

/// <summary>Lets only callers pass whose files and jobs are their own.</summary>
internal sealed class JobOwnerFilter(RequestAuthorizer authorizer) : IEndpointFilter
{
    /// <inheritdoc/>
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        authorizer.MustOwnJobs(context.HttpContext.Caller());
        return next(context);
    }
}
