using System.Net;
using ImageToText.Client;
using Microsoft.Extensions.Options;

namespace ImageToText.Standalone.Operators;

/// <summary>A gateway as its callers see it.</summary>
/// <param name="address">The gateway's address.</param>
/// <param name="key">The API key; null: none is sent.</param>
internal sealed class GatewayAccess(Uri address, string? key)
{
    /// <summary>Asks the gateway.</summary>
    /// <exception cref="CommandException">The gateway can't be reached, or it refuses.</exception>
    public async Task<T> AskAsync<T>(Func<IImageToTextClient, Task<T>> ask)
    {
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        try
        {
            return await ask(new ImageToTextClient(http, new ImageToTextClientOptions { Endpoint = address, ApiKey = key }));
        }
        catch (ImageToTextException failure) when (failure.Code == ClientErrorCode.Unreachable)
        {
            throw new CommandException(
                $"Nothing answers at {address} ({failure.InnerException?.Message}): is 'serve' running? To use another address, pass "
                    + $"--server or set {ServerOptions.ServerVariable}."
            );
        }
        catch (ImageToTextException failure)
        {
            // What the gateway says of a value that is wrong or out of range, the command line could have said.
            bool isUsage = failure.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity;
            throw new CommandException(failure.Message, isUsage ? ExitCode.Usage : ExitCode.Failure);
        }
        catch (OptionsValidationException)
        {
            throw new CommandException(
                $"The API key holds characters that keys never contain: copy it as shown, to {ServerOptions.TokenVariable} or --token."
            );
        }
    }
}
