using System.Diagnostics;
using System.Globalization;

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
        _process = await ListeningProcess.StartAsync(
            "node",
            _port,
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
        );
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
