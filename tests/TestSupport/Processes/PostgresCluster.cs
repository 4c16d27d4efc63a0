using System.Diagnostics;
using Xunit;

namespace ImageToText.TestSupport;

/// <summary>
/// A PostgreSQL cluster for this test run only: created by initdb in a temporary folder, started on a free port, removed at the end.
/// PostgreSQL refuses to run as root. For root, its programs run as the user <c>postgres</c> of the distribution's package.
/// </summary>
public sealed class PostgresCluster : IAsyncLifetime
{
    private static readonly string[] Places = ["/usr/lib/postgresql", "/usr/local/bin", "/opt/homebrew/bin", "/usr/bin"];

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"imagetotext-postgres-{Guid.NewGuid():N}");
    private string? _programs;
    private int _port;
    private int _databases;

    /// <summary>Why there is no cluster, or null if there is one.</summary>
    public string? Missing { get; private set; }

    public async ValueTask InitializeAsync()
    {
        _programs = FindPrograms();
        if (_programs is null)
        {
            Missing = "PostgreSQL's initdb and pg_ctl are not installed (Debian: apt-get install postgresql).";
            return;
        }

        Directory.CreateDirectory(_folder);
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", _folder);
        }

        string data = Path.Combine(_folder, "data");
        await RunProgramAsync(
            "initdb",
            "--pgdata",
            data,
            "--auth",
            "trust",
            "--username",
            "tests",
            "--encoding",
            "UTF8",
            "--no-locale",
            "--no-sync"
        );
        _port = LoopbackPort.Free();
        await RunProgramAsync(
            "pg_ctl",
            "start",
            "--pgdata",
            data,
            "--wait",
            "--log",
            Path.Combine(_folder, "log"),
            "--options",
            $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_folder} -c fsync=off -c max_connections=200"
        );
    }

    /// <summary>Creates a new database.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        string name = $"pricing{Interlocked.Increment(ref _databases)}";
        await RunProgramAsync("createdb", "--host", "127.0.0.1", "--port", $"{_port}", "--username", "tests", name);
        return ConnectionString(name);
    }

    public async ValueTask DisposeAsync()
    {
        if (_port != 0)
        {
            await RunProgramAsync("pg_ctl", "stop", "--pgdata", Path.Combine(_folder, "data"), "--mode", "immediate", "--wait");
        }

        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static string? FindPrograms() =>
        Places
            .Where(Directory.Exists)
            .SelectMany(place =>
                Directory.EnumerateDirectories(place).OrderDescending().Select(version => Path.Combine(version, "bin")).Append(place)
            )
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // Close the pipes, because the server that pg_ctl leaves running would hold them open.
        using var process = Process.Start(
            new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" > /dev/null 2>&1", program, .. arguments]) { WorkingDirectory = "/" }
        )!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }

    private string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={_port};Username=tests;Database={database};Maximum Pool Size=40";

    private Task RunProgramAsync(string program, params string[] arguments)
    {
        string path = Path.Combine(_programs!, program);
        return Environment.IsPrivilegedProcess
            ? RunAsync("runuser", ["-u", "postgres", "--", path, .. arguments])
            : RunAsync(path, arguments);
    }
}
