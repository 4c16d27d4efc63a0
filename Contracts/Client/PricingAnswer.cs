using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ImageToText.Contracts.Client;

/// <summary>Reads the pricing service's answers: a value, a refusal, or what something else on the way answered.</summary>
internal static class PricingAnswer
{
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken)
                ?? throw new PricingException(
                    response.StatusCode,
                    "empty_answer",
                    $"The pricing service sent an empty answer to {response.RequestMessage?.RequestUri}."
                );
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Most likely something between us and the service.
            throw new HttpRequestException(
                HttpRequestError.InvalidResponse,
                $"What answered {response.RequestMessage?.RequestUri} is not a pricing service: {unreadable.Message}",
                unreadable
            );
        }
    }

    public static async Task ThrowIfRefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }

        ErrorDetail? detail = null;
        try
        {
            detail = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ErrorBody, cancellationToken))?.Error;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Something between us and the service answered in its own format, so only the status is known.
        }

        throw new PricingException(
            response.StatusCode,
            detail?.Code ?? "http_error",
            detail?.Message ?? $"The pricing service answered {(int)response.StatusCode} to {response.RequestMessage?.RequestUri}."
        );
    }
}
