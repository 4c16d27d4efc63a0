using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Garnet;
using Garnet.common;
using Garnet.server;
using Garnet.server.Auth.Settings;
using Tsavorite.core;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// Garnet in this process, where deployed services use Redis. It is in memory only, since it holds nothing that may not be lost.
/// </summary>
/// <param name="port">The port on this machine to listen on; null: any free port.</param>
/// <param name="password">The password for clients; null: one made for this run.</param>
internal sealed class EmbeddedCache(int? port = null, string? password = null) : IDisposable
{
    private const int FirstPort = 20_000;
    private const int EndOfPorts = 32_768;

    private readonly int _port = port ?? FreePort();
    private readonly string _password = password ?? RandomNumberGenerator.GetHexString(48, lowercase: true);
    private GarnetServer? _server;

    /// <summary>The connection string, in the format of .NET's Redis clients.</summary>
    public string ConnectionString => $"127.0.0.1:{_port},password={_password},abortConnect=false";

    /// <summary>Starts it.</summary>
    /// <exception cref="CachePortTakenException">Another program has taken the port, though it may have been free a moment ago.</exception>
    public void Start()
    {
        try
        {
            Listen();
        }
        catch (Exception failure) when (failure is GarnetException or SocketException && !IsFree(_port))
        {
            throw new CachePortTakenException(_port, failure);
        }
    }

    public void Dispose()
    {
        // A second call throws.
        Interlocked.Exchange(ref _server, null)?.Dispose();
    }

    private void Listen()
    {
        _server = new GarnetServer(
            new GarnetServerOptions
            {
                EndPoints = [new IPEndPoint(IPAddress.Loopback, _port)],
                AuthSettings = new PasswordAuthenticationSettings(_password),
                LogMemorySize = "64m",
                PageSize = "1m",
                // Three indexes of that size are there from the beginning. Chains in them are short: 64 MB are some 100,000 captions.
                IndexMemorySize = "1m",
                QuietMode = true,
                EnableLua = true,
                LuaOptions = new LuaOptions(),
                // The default device needs a newer C library than some systems have, and ends the process if it is older.
                DeviceType = DeviceType.RandomAccess,
            }
        );
        _server.Start();
    }

    // With port 0 it would listen on some port without saying which. The range is below the ports that systems assign by
    // themselves; one of those might be somebody's connection by the time Garnet listens.
    private static int FreePort()
    {
        int port;
        do
        {
            port = RandomNumberGenerator.GetInt32(FirstPort, EndOfPorts);
        } while (!IsFree(port));

        return port;
    }

    private static bool IsFree(int port) =>
        PortProbe.FaultOf(new IPEndPoint(IPAddress.Loopback, port)) switch
        {
            null => true,
            { SocketErrorCode: SocketError.AddressAlreadyInUse or SocketError.AccessDenied } => false,
            var fault => throw fault,
        };
}
