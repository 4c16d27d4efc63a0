using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace ImageToText.TestSupport;

/// <summary>A server that speaks S3 (s3rver, of npm), with one bucket, that can be killed and started again with what it holds.</summary>
public sealed class S3Process : IAsyncDisposable
{
    /// <summary>The key id and the secret that it takes.</summary>
    public const string Credential = "S3RVER";

    /// <summary>The name of its bucket.</summary>
    public const string Bucket = "pictures";

    private readonly int _port = LoopbackPort.Free();
    private readonly TemporaryFolder _folder = new();
    private Process? _process;

    private S3Process() { }

    /// <summary>Why there can be none; null: there can.</summary>
    public static string? Missing =>
        NodePackages.Missing ?? (File.Exists(Program) ? null : "The S3 server isn't installed: run 'npm ci' in tests/Clients.");

    /// <summary>Its address.</summary>
    public Uri Address => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}"));

    private static string Program => Path.Combine(NodePackages.Folder, "node_modules", "s3rver", "bin", "s3rver.js");

    /// <summary>Starts one.</summary>
    public static async Task<S3Process> StartAsync()
    {
        var server = new S3Process();
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it again after it was killed.</summary>
    public async Task StartAgainAsync()
    {
        _process?.Dispose();
        _process = Process.Start(
            new ProcessStartInfo(
                "node",
                [
                    // It names the pages of a listing by an old cipher.
                    "--openssl-legacy-provider",
                    Program,
                    "--directory",
                    _folder.Path,
                    "--address",
                    "127.0.0.1",
                    "--port",
                    _port.ToString(CultureInfo.InvariantCulture),
                    "--no-vhost-buckets",
                    "--silent",
                    "--configure-bucket",
                    Bucket,
                ]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.HoldsAsync(async () =>
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException("The S3 server has ended.");
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

    /// <summary>Kills it.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await KillAsync();
        }

        _process?.Dispose();
        _folder.Dispose();
    }
}
