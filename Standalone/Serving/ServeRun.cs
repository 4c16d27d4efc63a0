using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using ImageToText.Captioning.Natives;
using ImageToText.ServiceDefaults.Startup;
using ImageToText.Standalone.Terminals;
using Microsoft.AspNetCore.Connections;
using Microsoft.Data.Sqlite;

namespace ImageToText.Standalone.Serving;

/// <summary>One run of 'serve': starts the services, prints what to try, and waits until they are told to stop.</summary>
internal sealed class ServeRun(Terminal terminal, ServeSettings settings)
{
    // A model that can't be loaded never becomes ready; the reason has been logged meanwhile.
    private static readonly TimeSpan NodeWait = TimeSpan.FromSeconds(30);

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // Checked beforehand, because a host that can't listen reports it at length.
        if (IsTaken())
        {
            throw Taken();
        }

        using var data = DataFolder.Open(settings.DataFolder ?? DataFolder.Default);
        // The libraries load while the services are made, and are there before one of them starts.
        var libraries = Task.Run(LoadLibraries, cancellationToken);
        await using var services = await StartAsync(data, libraries, cancellationToken);
        var address = Reachable(services.Gateway.Urls.First());
        data.WriteAddress(address);
        var end = services.EndAsync();
        using (var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            enough.CancelAfter(NodeWait);
            await Task.WhenAny(end, services.WaitForNodeAsync(enough.Token));
            await enough.CancelAsync();
        }

        if (!end.IsCompleted)
        {
            ServeBanner.Write(terminal, settings, data, address);
            _ = StartupMemory.GiveBackAsync(end, TimeProvider.System);
        }

        if (await end)
        {
            return ExitCode.Success;
        }

        terminal.WriteError("A service ended by itself, so all of them are stopping.");
        return ExitCode.Failure;
    }

    private void LoadLibraries()
    {
        EngineLibraries.Check(settings.Provider);
        EngineLibraries.Load(
            "SQLite",
            static () =>
            {
                using var books = new SqliteConnection("Data Source=:memory:");
                books.Open();
            }
        );
    }

    private async Task<StandaloneServices> StartAsync(DataFolder data, Task libraries, CancellationToken cancellationToken)
    {
        try
        {
            return await StartTriesAsync(data, libraries, cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw Taken();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(
                $"The data folder {data.Path} can't be used ({e.Message}): make room in it, or name another with --data."
            );
        }
        catch (DbException e)
        {
            throw new CommandException($"The books in {data.Books} can't be opened: {e.Message}");
        }
        catch (Exception e) when (ServiceRunner.Faults(e) is { } faults)
        {
            throw new CommandException(string.Join(Environment.NewLine, faults));
        }
    }

    /// <summary>
    /// The cache's port is chosen before the cache listens on it, since the others must know it. If another program takes it meanwhile,
    /// everything starts again with another port.
    /// </summary>
    private async Task<StandaloneServices> StartTriesAsync(DataFolder data, Task libraries, CancellationToken cancellationToken)
    {
        for (int again = 3; ; again--)
        {
            try
            {
                return await StandaloneServices.StartAsync(settings, data, libraries, cancellationToken);
            }
            catch (CachePortTakenException) when (again > 0)
            {
                // No request has been answered yet.
            }
            catch (CachePortTakenException e)
            {
                throw new CommandException($"{e.Message} Start it again.");
            }
        }
    }

    /// <summary>If all addresses are listened on, the wildcard itself is not an address to call.</summary>
    private static Uri Reachable(string url)
    {
        string? any = ((string[])["[::]", "0.0.0.0", "*"]).FirstOrDefault(host => url.Contains(host, StringComparison.Ordinal));
        return new Uri(any is null ? url : url.Replace(any, "localhost", StringComparison.Ordinal));
    }

    private CommandException Taken() =>
        new(
            $"Port {settings.Port} of {settings.Host} is in use by another program: give another with --port, or --port 0 "
                + $"for any that is free."
        );

    private bool IsTaken()
    {
        var address = settings.Host switch
        {
            "localhost" => IPAddress.Loopback,
            "*" => IPAddress.Any,
            var host => IPAddress.Parse(host),
        };
        return PortProbe.FaultOf(new IPEndPoint(address, settings.Port)) switch
        {
            null => false,
            { SocketErrorCode: SocketError.AddressAlreadyInUse } => true,
            var fault => throw new CommandException($"Can't listen on {settings.Host}:{settings.Port}: {fault.Message}"),
        };
    }
}
