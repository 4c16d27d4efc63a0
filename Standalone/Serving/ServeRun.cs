using System.Net;
using System.Net.Sockets;
using ImageToText.Standalone.Terminals;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace ImageToText.Standalone.Serving;

/// <summary>One run of 'serve': starts the services, says what to try, and waits until they are told to stop.</summary>
internal sealed class ServeRun(Terminal terminal, ServeSettings settings)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // Asked beforehand: a host that can't listen tells of it at length.
        if (IsTaken()) throw Taken();
        var services = StandaloneServices.Create(settings);
        var started = new Stack<WebApplication>();
        try
        {
            foreach (var service in services)
            {
                await StartAsync(service, cancellationToken);
                started.Push(service);
            }

            ServeBanner.Write(terminal, settings, services[^1].Urls.First());
            // The last one started faces the callers: while it drains, those behind it must still answer.
            await services[^1].WaitForShutdownAsync(CancellationToken.None);
            return ExitCode.Success;
        }
        finally
        {
            foreach (var service in started) await service.StopAsync(CancellationToken.None);
            foreach (var service in services.Reverse()) await service.DisposeAsync();
        }
    }

    private async Task StartAsync(WebApplication service, CancellationToken cancellationToken)
    {
        try
        {
            await service.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw Taken();
        }
        catch (OptionsValidationException e)
        {
            throw new CommandException(string.Join(Environment.NewLine, e.Failures));
        }
    }

    private CommandException Taken() =>
        new($"Port {settings.Port} of {settings.Host} is taken by another program: give another with --port, or --port 0 for any that is free.");

    private bool IsTaken()
    {
        var address = settings.Host switch
        {
            "localhost" => IPAddress.Loopback,
            "*" => IPAddress.Any,
            var host => IPAddress.Parse(host),
        };
        using var listener = new TcpListener(address, settings.Port);
        try
        {
            listener.Start();
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return true;
        }
        catch (SocketException e)
        {
            throw new CommandException($"{settings.Host}:{settings.Port} can't be listened to: {e.Message}");
        }
    }
}
