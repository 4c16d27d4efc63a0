using System.Net;
using System.Net.Http.Headers;
using ImageToText.Contracts.Client;

namespace ImageToText.Standalone.Operators;

/// <summary>A service as its operator sees it.</summary>
/// <param name="address">
/// The address of a gateway that publishes the pricing service below /pricing, or of the pricing service itself.
/// </param>
/// <param name="token">The token that identifies the operator.</param>
internal sealed class Server(Uri address, string token)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    public Uri Address { get; } = address;

    /// <summary>Sends it a request.</summary>
    /// <exception cref="CommandException">It can't be reached, or it refuses.</exception>
    public async Task<T> AskAsync<T>(Func<PricingClient, Task<T>> question)
    {
        using var http = new HttpClient { BaseAddress = new Uri(Address.AbsoluteUri.TrimEnd('/') + "/pricing/"), Timeout = Timeout };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            return await question(new PricingClient(http));
        }
        catch (PricingException refusal)
        {
            throw refusal.Status switch
            {
                HttpStatusCode.Unauthorized => new CommandException($"{Address} rejects the token: {refusal.Message}"),
                HttpStatusCode.NotFound when refusal.Code == "http_error" => new CommandException(
                    $"{Address} has no /pricing: a gateway publishes it with Gateway__Pricing__Publish=true; or name the "
                        + $"pricing service itself with --server."
                ),
                HttpStatusCode.BadRequest => new CommandException(refusal.Message, ExitCode.Usage),
                _ => new CommandException(refusal.Message),
            };
        }
        catch (HttpRequestException failure)
        {
            throw new CommandException(
                $"Nothing answers at {Address} ({failure.Message}): is 'serve' running? To use another address, pass "
                    + $"--server or set {ServerOptions.ServerVariable}."
            );
        }
        catch (TaskCanceledException late) when (late.InnerException is TimeoutException)
        {
            throw new CommandException($"{Address} did not answer within {Timeout.TotalSeconds:0} s.");
        }
    }
}
