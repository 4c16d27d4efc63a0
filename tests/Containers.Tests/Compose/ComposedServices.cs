using System.Diagnostics;
using System.Globalization;
using System.Net;
using ImageToText.OtlpReceiver;
using Npgsql;

namespace ImageToText.Containers.Tests.Compose;

/// <summary>
/// The Compose file's services without a container engine. They run from their images' files, start as the images say, and get only the
/// variables that the Compose file gives them. Addresses in Compose's network become loopback ports, volumes become folders.
/// </summary>
internal sealed class ComposedServices(ComposeFile file, string scratch) : IAsyncDisposable
{
    /// <summary>What an operator writes into <c>.env</c>.</summary>
    public static readonly Dictionary<string, string> Environment = new()
    {
        ["SERVICE_TOKEN"] = "a service token of an operator",
        ["OPERATOR_TOKEN"] = "a token to make keys with",
        ["NODE_TOKEN"] = "what callers of a node show",
        ["PREVIOUS_SERVICE_TOKEN"] = "",
        ["PREVIOUS_OPERATOR_TOKEN"] = "",
        ["PREVIOUS_NODE_TOKEN"] = "",
        ["HUB_TOKEN"] = "",
        ["PRICE_PER_PIXEL"] = "3e-10",
        ["POSTGRES_PASSWORD"] = "not for strangers",
        ["REDIS_PASSWORD"] = "nor-this",
    };

    private readonly List<Process> _processes = [];
    private readonly Dictionary<string, int> _ports = new()
    {
        ["pricing"] = LoopbackPort.Free(),
        ["inference"] = LoopbackPort.Free(),
        ["gateway"] = LoopbackPort.Free(),
    };
    private readonly Dictionary<string, int> _managementPorts = new()
    {
        ["pricing"] = LoopbackPort.Free(),
        ["gateway"] = LoopbackPort.Free(),
    };
    private RedisProcess? _redis;
    private (string From, string To)[] _addresses = [];

    /// <summary>Takes the place of the Compose file's dashboard.</summary>
    public Receiver? Dashboard { get; private set; }

    /// <summary>Starts the stores that the services need.</summary>
    public async Task StartStoresAsync(PostgresCluster postgres)
    {
        Dashboard = await Receiver.StartAsync(CancellationToken.None);
        _redis = await RedisProcess.StartAsync("--requirepass", Environment["REDIS_PASSWORD"]);
        var database = new NpgsqlConnectionStringBuilder(await postgres.CreateDatabaseAsync());
        await using (var connection = new NpgsqlConnection(database.ConnectionString))
        {
            await connection.OpenAsync();
            foreach (string statement in (string[])["CREATE ROLE postgres SUPERUSER LOGIN", "CREATE DATABASE ledger"])
            {
                await using var command = new NpgsqlCommand(statement, connection);
                await command.ExecuteNonQueryAsync();
            }
        }

        _addresses =
        [
            ("redis:6379", _redis.Address),
            ("Host=postgres;Port=5432", $"Host={database.Host};Port={database.Port}"),
            ("http://compose-dashboard:18889", Dashboard.GrpcEndpoint),
            .. _ports.Select(service => ($"http://{service.Key}:8080", Address(service.Key).ToString().TrimEnd('/'))),
        ];
    }

    /// <summary>Starts a service from its image's files and waits until it is ready.</summary>
    /// <returns>Its address.</returns>
    public async Task<Uri> StartAsync(string service, ContainerImage image, string readyPath)
    {
        string[] command = image.Settings["Entrypoint"]!
            .AsArray()
            .Select(word => ((string)word!).Replace("/app", Path.Combine(image.Root, "app"), StringComparison.Ordinal))
            .ToArray();
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Path.Combine(image.Root, "app"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var inherited = start.Environment.Where(variable => variable.Key is "PATH" or "DOTNET_ROOT").ToArray();
        start.Environment.Clear();
        foreach (var (name, value) in inherited)
        {
            start.Environment[name] = value;
        }

        foreach (
            string[]? variable in image.Settings["Env"]!
                .AsArray()
                .Select(variable => ((string)variable!).Split('=', 2))
                .Where(variable => variable[0] != "PATH")
        )
        {
            start.Environment[variable[0]] = Port(variable[0], variable[1], service);
        }

        foreach (var (name, value) in file.Variables(service, Environment))
        {
            start.Environment[name] = Port(name, Here(service, value), service);
        }

        var output = new List<string>();
        var process = Process.Start(start)!;
        _processes.Add(process);
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var http = new HttpClient { BaseAddress = Here(_managementPorts.GetValueOrDefault(service, _ports[service])) };
        await Eventually.HoldsAsync(
            async () =>
            {
                lock (output)
                {
                    Assert.False(process.HasExited, $"{service} has ended:\n{string.Join('\n', output)}");
                }

                try
                {
                    using var answer = await http.GetAsync(new Uri(readyPath, UriKind.Relative));
                    return answer.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            seconds: 60
        );
        return Address(service);

        void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (output)
            {
                output.Add(line.Data ?? "");
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var process in Enumerable.Reverse(_processes))
        {
            if (!process.HasExited)
            {
                process.Kill();
            }

            await process.WaitForExitAsync();
            process.Dispose();
        }
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        if (Dashboard is not null)
        {
            await Dashboard.DisposeAsync();
        }
    }

    private Uri Address(string service) => Here(_ports[service]);

    private static Uri Here(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    private string Port(string variable, string value, string service) =>
        variable.EndsWith("HTTP_PORTS", StringComparison.Ordinal) ? _ports[service].ToString(CultureInfo.InvariantCulture)
        : variable == "ServiceDefaults__ManagementPort" ? _managementPorts[service].ToString(CultureInfo.InvariantCulture)
        : value;

    private string Here(string service, string value)
    {
        foreach (var (from, to) in _addresses)
        {
            value = value.Replace(from, to, StringComparison.Ordinal);
        }

        string? mount = file.Mounts(service)
            .FirstOrDefault(mount => value == mount || value.StartsWith(mount + "/", StringComparison.Ordinal));
        return mount is null ? value : Directory.CreateDirectory(Path.Combine(scratch, service + value)).FullName;
    }
}
