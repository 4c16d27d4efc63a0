using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using ImageToText.PricingService.Telemetry;
using ImageToText.ServiceDefaults.Resilience;
using ImageToText.ServiceDefaults.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Webhooks;

/// <summary>
/// Sends the notices that are stored, one by one, and repeats each until it arrives. It runs separately, so that a receiver that is
/// slow or away holds up nothing else.
/// </summary>
internal sealed partial class WebhookSender(
    Store store,
    IHttpClientFactory clients,
    IOptions<WebhookOptions> options,
    TimeProvider time,
    PricingTelemetry telemetry,
    ILogger<WebhookSender> logger
) : BackgroundService
{
    public const string HttpClientName = "webhook";

    private const string OneAtATime = "notices";

    // Only where a webhook is configured. A look is one read of an index, and finds what any replica has stored, and what is due again.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>Sends whatever is due.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        while (await ClaimAsync(cancellationToken) is { } notice)
        {
            string? fault = await SendAsync(notice, cancellationToken);
            if (fault is null)
            {
                await ForgetAsync(notice, cancellationToken);
                telemetry.NoticeSent("delivered");
            }
            else if (time.GetUtcNow() - notice.CreatedAt >= options.Value.RetryFor)
            {
                await ForgetAsync(notice, cancellationToken);
                telemetry.NoticeSent("given_up");
                Log.GivenUp(logger, notice.NoticeId, fault);
            }
            else
            {
                await PostponeAsync(notice, cancellationToken);
                telemetry.NoticeSent("failed");
                if (notice.Attempts == 1)
                {
                    Log.NotTaken(logger, notice.NoticeId, fault);
                }
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Value.IsUsed)
        {
            return;
        }

        await PeriodicRounds.RunAsync(Every, time, RunOnceAsync, fault => Log.Failed(logger, fault), stoppingToken);
    }

    private async Task<StoredNotice?> ClaimAsync(CancellationToken cancellationToken)
    {
        // Most looks find nothing, and those need no transaction.
        var now = time.GetUtcNow();
        if (!await store.ReadAsync(db => db.Notices.AnyAsync(notice => notice.DueAt <= now, cancellationToken)))
        {
            return null;
        }

        return await store.WriteAsync(
            [OneAtATime],
            async db =>
            {
                var notice = await db
                    .Notices.Where(notice => notice.DueAt <= now)
                    .OrderBy(notice => notice.DueAt)
                    .ThenBy(notice => notice.CreatedAt)
                    .ThenBy(notice => notice.NoticeId)
                    .FirstOrDefaultAsync(cancellationToken);
                if (notice is not null)
                {
                    notice.DueAt = now + WebhookCall.Claim;
                    notice.Attempts++;
                }

                return notice;
            },
            cancellationToken
        );
    }

    private Task<string?> SendAsync(StoredNotice notice, CancellationToken cancellationToken) =>
        WebhookCall.SendAsync(
            (request, stop) => clients.CreateClient(HttpClientName).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop),
            new Uri(options.Value.Url!),
            options.Value.Key!,
            notice.NoticeId,
            notice.Body,
            time.GetUtcNow(),
            cancellationToken
        );

    private Task<int> ForgetAsync(StoredNotice notice, CancellationToken cancellationToken) =>
        store.WriteAsync(
            [OneAtATime],
            db => db.Notices.Where(row => row.NoticeId == notice.NoticeId).ExecuteDeleteAsync(cancellationToken),
            cancellationToken
        );

    private Task<int> PostponeAsync(StoredNotice notice, CancellationToken cancellationToken)
    {
        var due = time.GetUtcNow() + WebhookCall.PauseAfter(notice.Attempts);
        return store.WriteAsync(
            [OneAtATime],
            db =>
                db.Notices.Where(row => row.NoticeId == notice.NoticeId)
                    .ExecuteUpdateAsync(row => row.SetProperty(stored => stored.DueAt, due), cancellationToken),
            cancellationToken
        );
    }

    private static partial class Log
    {
        [LoggerMessage(71, LogLevel.Warning, "The webhook did not take notice {NoticeId}; trying again later: {Reason}")]
        public static partial void NotTaken(ILogger logger, string noticeId, string reason);

        [LoggerMessage(72, LogLevel.Error, "The webhook has not taken notice {NoticeId} for so long that it is given up: {Reason}")]
        public static partial void GivenUp(ILogger logger, string noticeId, string reason);

        [LoggerMessage(73, LogLevel.Error, "Notices could not be read or written; trying again shortly.")]
        public static partial void Failed(ILogger logger, Exception fault);
    }
}
