using System.Diagnostics;
using System.Globalization;

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

    public async Task StartAgainAsync() =>
        _process = await ListeningProcess.StartAsync(
            "redis-server",
            _port,
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
        );

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
