using System.Collections.Concurrent;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Budgets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ImageToText.PricingService.Tests.Webhooks;

/// <summary>Somebody's webhook, which takes notices or refuses them.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedNotice> _received = new();

    private WebhookReceiver(WebApplication app) => _app = app;

    /// <summary>The status that it answers.</summary>
    public int Status { get; set; } = StatusCodes.Status204NoContent;

    public string Address => _app.Urls.First() + "/hook";

    /// <summary>What has come, in order.</summary>
    public IReadOnlyList<ReceivedNotice> Received => [.. _received];

    public static async Task<WebhookReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--urls=http://127.0.0.1:0"]);
        builder.Logging.ClearProviders();
        var receiver = new WebhookReceiver(builder.Build());
        receiver._app.MapPost("/hook", receiver.TakeAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        string body = await reader.ReadToEndAsync(http.RequestAborted);
        _received.Enqueue(
            new(
                JsonSerializer.Deserialize(body, ContractsJson.Default.BudgetNotice)!,
                body,
                http.Request.Headers["webhook-id"].ToString(),
                http.Request.Headers["webhook-timestamp"].ToString(),
                http.Request.Headers["webhook-signature"].ToString()
            )
        );
        http.Response.StatusCode = Status;
    }
}

/// <summary>A notice with the headers that came with it.</summary>
internal sealed record ReceivedNotice(BudgetNotice Notice, string Body, string Id, string Time, string Signature);
