using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Resilience;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>
/// Admits the caller of a <see cref="JsonRoute"/> before its handler's parameters are bound, gives the handler its time, and turns
/// what it throws into refusals; those of the pricing service become ours.
/// </summary>
internal sealed class JsonRouteMiddleware(
    RequestDelegate next,
    CaptionEndpoint endpoint,
    RequestAuthorizer authorizer,
    IOptions<PricingConnectionOptions> pricing,
    TimeProvider time
)
{
    public Task InvokeAsync(HttpContext http) =>
        http.GetEndpoint()?.Metadata.GetMetadata<JsonRoute>() is { } route
            ? endpoint.GuardAsync(http, (IDialect)http.RequestServices.GetRequiredService(route.Dialect), _ => AnswerAsync(http, route))
            : next(http);

    private async Task AnswerAsync(HttpContext http, JsonRoute route)
    {
        http.Items[typeof(KeyGrant)] = await AdmitAsync(http, route.Audience);
        var aborted = http.RequestAborted;
        var limit = route.Timeout ?? pricing.Value.CallTimeout;
        using var deadline = new Deadline(limit, time, aborted);
        http.RequestAborted = deadline.Token;
        http.Response.OnStarting(
            static state =>
            {
                var response = (HttpResponse)state;
                if (response.StatusCode < StatusCodes.Status400BadRequest)
                {
                    response.Headers.CacheControl = "no-store";
                }

                return Task.CompletedTask;
            },
            http.Response
        );
        try
        {
            await next(http);
        }
        catch (PricingException refused) when (route.Audience == Audience.Operators && (int)refused.Status is 401 or 403)
        {
            // It is the operator's own key, and it was valid here a moment ago.
            throw Refusals.UnknownKey();
        }
        catch (PricingException refused)
            when ((int)refused.Status is >= 400 and < 500 and not 401 and not 403 || refused.Code == ErrorCodeTable.StorageFull.Code)
        {
            throw new RefusalException(new Refusal((int)refused.Status, refused.Code, refused.Message), refused);
        }
        catch (OperationCanceledException late)
            when (route.TooLate is not null && deadline.Token.IsCancellationRequested && !aborted.IsCancellationRequested)
        {
            throw new RefusalException(route.TooLate(limit), late);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or PricingException
                || (failure is OperationCanceledException && !aborted.IsCancellationRequested)
            )
        {
            throw Refusals.PricingUnreachable(failure);
        }
        finally
        {
            http.RequestAborted = aborted;
        }
    }

    private ValueTask<KeyGrant> AdmitAsync(HttpContext http, Audience audience) =>
        audience switch
        {
            Audience.Operators => authorizer.AdmitOperatorAsync(http),
            Audience.Counted => authorizer.AdmitModelRequestAsync(http),
            _ => authorizer.IdentifyAsync(http),
        };
}
