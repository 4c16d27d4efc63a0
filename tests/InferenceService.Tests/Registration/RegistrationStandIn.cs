using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using ImageToText.Contracts;
using ImageToText.Contracts.Registry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ImageToText.InferenceService.Tests.Registration;

/// <summary>A message from a node to the pricing service.</summary>
internal sealed record Announced(
    string Method,
    string Path,
    string? Authorization,
    NodeRegistration? Registration,
    NodeHeartbeat? Heartbeat
);

/// <summary>The pricing service's routes for nodes. Records what nodes send.</summary>
internal sealed class RegistrationStandIn : IAsyncDisposable
{
    private readonly Channel<Announced> _told = Channel.CreateUnbounded<Announced>();
    private readonly WebApplication _app;

    private RegistrationStandIn()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>Seconds after which nodes must renew.</summary>
    public double RenewAfterSeconds { get; set; } = 0.05;

    /// <summary>Answers to send instead of a lease, in order.</summary>
    public ConcurrentQueue<HttpStatusCode> Refusals { get; } = new();

    public Uri Address { get; private set; } = null!;

    public static async Task<RegistrationStandIn> StartAsync()
    {
        var standIn = new RegistrationStandIn();
        await standIn._app.StartAsync(TestContext.Current.CancellationToken);
        standIn.Address = new Uri(standIn._app.Urls.Single());
        return standIn;
    }

    /// <summary>The next message.</summary>
    public async Task<Announced> NextAsync() => await _told.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>The next message that meets the condition.</summary>
    public async Task<Announced> NextAsync(Func<Announced, bool> wanted)
    {
        while (true)
        {
            var told = await NextAsync();
            if (wanted(told))
            {
                return told;
            }
        }
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        _told.Writer.TryWrite(
            new Announced(
                request.Method,
                request.Path,
                request.Headers.Authorization,
                request.Method == "PUT" ? await ReadAsync(context, ContractsJson.Default.NodeRegistration) : null,
                request.Method == "POST" ? await ReadAsync(context, ContractsJson.Default.NodeHeartbeat) : null
            )
        );
        if (Refusals.TryDequeue(out var refusal))
        {
            context.Response.StatusCode = (int)refusal;
            return;
        }
        if (request.Method == "DELETE")
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        await context.Response.WriteAsJsonAsync(
            new NodeLease(
                request.Path.Value!.Split('/')[2],
                NodeState.Active,
                30,
                RenewAfterSeconds,
                DateTimeOffset.UnixEpoch,
                VerificationWaiting: false
            ),
            ContractsJson.Default.NodeLease
        );
    }

    private static ValueTask<T?> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type) =>
        JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
}
