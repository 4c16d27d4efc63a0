using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace ImageToText.TestSupport;

/// <summary>A real redis-server that can be killed, frozen and restarted on the same port.</summary>
public sealed class RedisProcess : IAsyncDisposable
{
    private readonly int _port = LoopbackPort.Free();
    private readonly string[] _settings;
    private Process? _process;

    private RedisProcess(string[] settings) => _settings = settings;

    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    /// <summary>
    /// Its address, with a longer timeout than the client's default, so a stalled machine loses no answers.
    /// </summary>
    public string ConnectionString => Address + ",syncTimeout=60000,asyncTimeout=60000";

    public static async Task<RedisProcess> StartAsync(params string[] settings)
    {
        var redis = new RedisProcess(settings);
        await redis.StartAgainAsync();
        return redis;
    }

    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("redis-server") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (
            string argument in (string[])
                [
                    "--port",
                    _port.ToString(CultureInfo.InvariantCulture),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    .. _settings,
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.HoldsAsync(async () =>
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException("redis-server has ended.");
            }

            using var socket = new TcpClient();
            try
            {
                await socket.ConnectAsync("127.0.0.1", _port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
    }

    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>It keeps its connections and accepts more, but answers nothing.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ThawAsync() => SignalAsync("CONT");

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
    }

    private async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
