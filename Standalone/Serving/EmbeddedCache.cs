using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Garnet;
using Garnet.server;
using Garnet.server.Auth.Settings;
using Tsavorite.core;

namespace ImageToText.Standalone.Serving;

/// <summary>Garnet in this process: what services elsewhere find in Redis. In memory alone, since it holds only what may be lost.</summary>
/// <param name="port">The port of this machine that it listens on; null: any that is free.</param>
/// <param name="password">What clients must show; null: one made for this run.</param>
internal sealed class EmbeddedCache(int? port = null, string? password = null) : IDisposable
{
    private const int FirstPort = 20_000;
    private const int EndOfPorts = 32_768;

    private readonly int _port = port ?? FreePort();
    private readonly string _password = password ?? RandomNumberGenerator.GetHexString(48, lowercase: true);
    private GarnetServer? _server;

    /// <summary>How to reach it, as Redis clients of .NET write it.</summary>
    public string ConnectionString => $"127.0.0.1:{_port},password={_password},abortConnect=false";

    /// <summary>Starts it.</summary>
    public void Start()
    {
        _server = new GarnetServer(
            new GarnetServerOptions
            {
                EndPoints = [new IPEndPoint(IPAddress.Loopback, _port)],
                AuthSettings = new PasswordAuthenticationSettings(_password),
                LogMemorySize = "64m",
                PageSize = "1m",
                IndexMemorySize = "4m",
                QuietMode = true,
                EnableLua = true,
                LuaOptions = new LuaOptions(),
                // The default device needs a C library newer than some systems have, and ends the process where it is older.
                DeviceType = DeviceType.RandomAccess,
            }
        );
        _server.Start();
    }

    public void Dispose()
    {
        // A second one throws.
        Interlocked.Exchange(ref _server, null)?.Dispose();
    }

    // Asked for port 0 it listens somewhere and does not say where. Below the ports that systems give out by themselves: one of those
    // would be somebody's connection by the time that Garnet listens.
    private static int FreePort()
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, RandomNumberGenerator.GetInt32(FirstPort, EndOfPorts)));
                return ((IPEndPoint)socket.LocalEndPoint!).Port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                // Another one, then.
            }
        }
    }
}
