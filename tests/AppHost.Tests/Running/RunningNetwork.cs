using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ImageToText.OtlpReceiver;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ImageToText.AppHost.Tests.Running;

/// <summary>
/// The application as <c>dotnet run --project AppHost</c> starts it on a machine without a container engine: two nodes, two gateways, and
/// every service in its own process. Its telemetry goes to the tests' receiver.
/// </summary>
public sealed class RunningNetwork : IAsyncLifetime
{
    private DistributedApplication? _app;
    private Receiver? _receiver;

    /// <summary>The application.</summary>
    public DistributedApplication App => _app!;

    /// <summary>Its data.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("imagetotext-apphost-").FullName;

    /// <summary>The telemetry that the receiver got.</summary>
    public Receiver Receiver => _receiver!;

    /// <summary>Output of the AppHost and its services' consoles, from the start until the first caption.</summary>
    public IReadOnlyList<string> FirstLines { get; private set; } = [];

    /// <summary>Logs that the services had sent when the first caption's trace was complete.</summary>
    public IReadOnlyList<ReceivedLog> FirstLogs { get; private set; } = [];

    private CollectedLines Lines { get; } = new();

    public async ValueTask InitializeAsync()
    {
        var cancelled = TestContext.Current.CancellationToken;
        _receiver = await Receiver.StartAsync(cancelled);
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [
                "--Deployment:Stores=embedded",
                "--Deployment:Replicas=2",
                "--Deployment:MaxReplicas=3",
                "--Deployment:Gateways=2",
                $"--Deployment:DataFolder={Folder}",
                // Otherwise they would be generated and stored in the user secrets of the person who runs the tests.
                .. Secrets("service-token", "operator-token", "node-token", "redis-password"),
            ],
            cancelled
        );
        builder.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = _receiver.GrpcEndpoint;
        builder.Services.AddLogging(logging => logging.AddProvider(Lines));
        foreach (
            var node in builder
                .Resources.OfType<ProjectResource>()
                .Where(static resource => resource.Name.StartsWith("inference", StringComparison.Ordinal))
        )
        {
            // A busy machine isn't an outage.
            builder.CreateResourceBuilder(node).WithEnvironment("Inference__Registration__CallTimeout", "00:02:00");
        }

        _app = await builder.BuildAsync(cancelled);
        await _app.StartAsync(cancelled);
        foreach (string resource in (string[])["pricing", "inference", "gateway", "gateway-2"])
        {
            await _app.ResourceNotifications.WaitForResourceHealthyAsync(resource, cancelled);
        }

        using var client = Client();
        await Eventually.HoldsAsync(async () =>
        {
            // The node registers, and the gateway hears of it, shortly after the node is healthy.
            using var answer = await client.PostAsync("/image-to-text", Samples.Form("astronaut.jpg"), cancelled);
            return answer.IsSuccessStatusCode;
        });
        await Eventually.HoldsAsync(() => _receiver.Spans.Any(span => span.Name == "caption.generate"));
        FirstLines = [.. Lines.All];
        FirstLogs = [.. _receiver.Logs];
    }

    /// <summary>A client of a gateway, without a key.</summary>
    public HttpClient Client(string gateway = "gateway") =>
        new() { BaseAddress = App.GetEndpoint(gateway, "http"), Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>Runs one of the dashboard's commands. If the resource has replicas, it runs on one of them.</summary>
    public async Task<ExecuteCommandResult> GiveAsync(string resource, string command, params (string Name, string Value)[] arguments)
    {
        var target = await App.ResourceNotifications.WaitForResourceAsync(
            resource,
            static _ => true,
            TestContext.Current.CancellationToken
        );
        var inputs = target
            .Resource.Annotations.OfType<ResourceCommandAnnotation>()
            .Single(candidate => candidate.Name == command)
            .Arguments;
        foreach (var (name, value) in arguments)
        {
            inputs.Single(input => input.Name == name).Value = value;
        }

        return await App.ResourceCommands.ExecuteCommandAsync(
            target.ResourceId,
            command,
            new InteractionInputCollection(inputs),
            TestContext.Current.CancellationToken
        );
    }

    /// <summary>Processes of a resource, one for each replica.</summary>
    public async Task<IReadOnlyList<Process>> ProcessesAsync(string resource)
    {
        var found = new Dictionary<string, int>();
        int count = App
            .Services.GetRequiredService<DistributedApplicationModel>()
            .Resources.OfType<ProjectResource>()
            .Single(candidate => candidate.Name == resource)
            .GetReplicaCount();
        await foreach (var change in App.ResourceNotifications.WatchAsync(TestContext.Current.CancellationToken))
        {
            if (change.Resource.Name != resource)
            {
                continue;
            }

            if (change.Snapshot.Properties.FirstOrDefault(property => property.Name == "executable.pid")?.Value is { } pid)
            {
                found[change.ResourceId] = Convert.ToInt32(pid, CultureInfo.InvariantCulture);
            }

            if (found.Count == count)
            {
                break;
            }
        }

        return [.. found.Values.Select(Process.GetProcessById)];
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            var processes = ProcessTree.BelowOrWatching(Environment.ProcessId);
            await _app.StopAsync();
            await _app.DisposeAsync();
            await ProcessTree.WaitForEndAsync(processes, TimeSpan.FromMinutes(1));
        }

        if (_receiver is not null)
        {
            await _receiver.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private static IEnumerable<string> Secrets(params string[] names) =>
        names.Select(static name => $"--Parameters:{name}=only-for-tests-{name}-0123456789");

    /// <summary>Everything logged in this process: the AppHost's logs and the services' console output.</summary>
    private sealed class CollectedLines : ILoggerProvider
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
            // Nothing to dispose.
        }

        private sealed class Logger(CollectedLines lines, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel,
                EventId eventId,
                TState state,
                Exception? exception,
                Func<TState, Exception?, string> formatter
            ) => lines.All.Enqueue($"{logLevel} {category}: {formatter(state, exception)} {exception?.Message}");
        }
    }
}
