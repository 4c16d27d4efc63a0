using ImageToText.Contracts.Client;
using ImageToText.Contracts.Registry;
using ImageToText.InferenceService.Models;
using ImageToText.ServiceDefaults.Resilience;
using ImageToText.ServiceDefaults.Shutdown;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.ServiceDiscovery;
using Polly;
using Polly.Retry;

namespace ImageToText.InferenceService.Registration;

/// <summary>
/// Registers the node with the pricing service and renews its lease. It reports models that come and go and the node's shutdown
/// at once, and removes the node from the registry at the end. While the pricing service is down, the node keeps captioning.
/// </summary>
internal sealed partial class NodeRegistrar(
    PricingClient pricing,
    NodeAnnouncement announcement,
    ModelView models,
    Drain drain,
    IServer server,
    ServiceEndpointResolver services,
    IHostApplicationLifetime lifetime,
    IOptions<RegistrationOptions> registrationOptions,
    TimeProvider time,
    ILogger<NodeRegistrar> logger
) : BackgroundService
{
    private static readonly TimeSpan ShortestLease = TimeSpan.FromMilliseconds(50);

    private readonly RegistrationOptions _options = registrationOptions.Value;
    private IReadOnlyList<NodeModel> _announced = [];
    private string? _provider;
    private string? _token;
    private Uri? _address;
    private bool _toldOfDrain;

    /// <summary>The lease in force; null: there is none yet, or not any more.</summary>
    public NodeLease? Lease { get; private set; }

    /// <summary>The node's id in the registry; null until it listens.</summary>
    public string? NodeId { get; private set; }

    /// <summary>
    /// The id of a node without a configured one: the machine's name, which may contain anything, reduced to what an id may
    /// contain.
    /// </summary>
    internal static string DefaultId(string machine, int port) =>
        string.Concat(
            machine.ToLowerInvariant().Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' ? letter : '-')
        ) + $"-{port}";

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (Lease is null || NodeId is null)
        {
            return;
        }

        try
        {
            await CallAsync(
                async timeout =>
                {
                    await pricing.RemoveNodeAsync(NodeId, timeout);
                    return Lease = null;
                },
                cancellationToken
            );
        }
        catch (Exception fault) when (IsOutage(fault) || fault is OperationCanceledException)
        {
            Log.NotRemoved(logger, fault.Message);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_options.PricingAddress is not { } pricingAddress)
        {
            return;
        }

        await WhenAsync(lifetime.ApplicationStarted, stoppingToken);
        var retries = Retries();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                // Taken before the token is looked at: a change in between is not missed.
                var tokenChanged = announcement.TokenChanged;
                var (renewAfter, changed) = await retries.ExecuteAsync(stopping => AnnounceAsync(pricingAddress, stopping), stoppingToken);
                await PauseAsync(renewAfter, changed, tokenChanged, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The node ends.
        }
    }

    /// <summary>Calls that failed are repeated for as long as it takes, by chance in different steps at each node.</summary>
    internal static RetryStrategyOptions Pauses(RegistrationOptions options) =>
        new()
        {
            // A call of its own that came too late is repeated; a node that ends is not.
            ShouldHandle = static args =>
                ValueTask.FromResult(args.Outcome.Exception is not null && !args.Context.CancellationToken.IsCancellationRequested),
            MaxRetryAttempts = int.MaxValue,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = options.RetryAtLeast,
            MaxDelay = options.RetryAtMost,
        };

    private ResiliencePipeline Retries()
    {
        var pauses = Pauses(_options);
        pauses.OnRetry = args =>
        {
            if (args.Outcome.Exception is { } fault && IsOutage(fault))
            {
                Log.Away(logger, fault.Message, args.RetryDelay);
            }
            else
            {
                Log.Failed(logger, args.Outcome.Exception!, args.RetryDelay);
            }

            return ValueTask.CompletedTask;
        };
        return new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(pauses)
            .Build();
    }

    /// <summary>Announces the node, or renews its lease.</summary>
    /// <returns>When to renew it, and what tells of models that come and go before.</returns>
    private async ValueTask<(TimeSpan RenewAfter, Task Changed)> AnnounceAsync(Uri pricingAddress, CancellationToken stopping)
    {
        // Taken before the models are looked at: a change in between is not missed.
        var changed = models.StateChanged;
        _address ??= _options.Address ?? await OwnAddress.FindAsync(server, pricingAddress, services, stopping);
        NodeId ??= _options.NodeId ?? DefaultId(Environment.MachineName, _address.Port);
        await AnnounceAsync(NodeId, _address, stopping);
        var pause = TimeSpan.FromSeconds(Lease!.RenewAfterSeconds);
        return (pause < ShortestLease ? ShortestLease : pause, changed);
    }

    private async Task AnnounceAsync(string nodeId, Uri address, CancellationToken stopping)
    {
        if (Lease is not null && _provider == announcement.Hardware().Provider && _token == announcement.Token)
        {
            var current = announcement.Models();
            bool draining = drain.IsDraining;
            Lease = await CallAsync(
                timeout => pricing.RenewNodeAsync(nodeId, announcement.Heartbeat(_announced, current, draining), timeout),
                stopping
            );
            if (Lease is not null)
            {
                _announced = current;
                _toldOfDrain |= draining;
                return;
            }
            Log.Forgotten(logger, nodeId);
        }
        var registration = announcement.Registration(address);
        Lease = await CallAsync(timeout => pricing.RegisterNodeAsync(nodeId, registration, timeout), stopping);
        _announced = registration.Models;
        _provider = registration.Hardware?.Provider;
        _token = registration.Token;
        _toldOfDrain = false;
        Log.Registered(logger, nodeId, address, _announced.Count);
    }

    /// <summary>Waits until the lease must be renewed, models come or go, the token changes, or the node drains.</summary>
    private async Task PauseAsync(TimeSpan pause, Task changed, Task tokenChanged, CancellationToken stopping)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var draining = _toldOfDrain ? Task.Delay(Timeout.Infinite, over.Token) : WhenAsync(drain.Started, over.Token);
        await Task.WhenAny(Task.Delay(pause, time, over.Token), changed, tokenChanged, draining);
        await over.CancelAsync();
    }

    private async Task<T> CallAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(_options.CallTimeout, time, cancellationToken);
        try
        {
            return await call(deadline.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {_options.CallTimeout}", late);
        }
    }

    private static async Task WhenAsync(CancellationToken signal, CancellationToken cancellationToken)
    {
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registered = signal.Register(signalled.SetResult);
        await signalled.Task.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static bool IsOutage(Exception fault) =>
        fault is HttpRequestException or PricingException or TimeoutException or System.Net.Sockets.SocketException;

    private static partial class Log
    {
        [LoggerMessage(50, LogLevel.Information, "Registered as {NodeId} at {Address} with {Models} models")]
        public static partial void Registered(ILogger logger, string nodeId, Uri address, int models);

        [LoggerMessage(51, LogLevel.Warning, "This node can't be registered with the pricing service ({Reason}); next attempt in {Pause}")]
        public static partial void Away(ILogger logger, string reason, TimeSpan pause);

        [LoggerMessage(54, LogLevel.Error, "This node could not list what it has; next attempt in {Pause}")]
        public static partial void Failed(ILogger logger, Exception fault, TimeSpan pause);

        [LoggerMessage(52, LogLevel.Information, "The pricing service no longer knows {NodeId}: registering again")]
        public static partial void Forgotten(ILogger logger, string nodeId);

        [LoggerMessage(53, LogLevel.Warning, "This node could not be removed from the pricing service ({Reason}); its lease will expire")]
        public static partial void NotRemoved(ILogger logger, string reason);
    }
}
