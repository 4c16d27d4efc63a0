using System.Text.Json;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.ServiceDefaults.Resilience;
using ImageToText.ServiceDefaults.Webhooks;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Webhooks;

/// <summary>
/// Tells webhooks of jobs that have ended, and repeats each call until it succeeds. That one is due is stored with the job's end, so it
/// outlives a restart. It runs separately, so that a receiver that is slow or away holds up no job.
/// </summary>
internal sealed partial class JobWebhookSender : BackgroundService
{
    // Only where webhooks are allowed. A look is one short read, and finds what any gateway has stored, and what is due again.
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan RetryFor = TimeSpan.FromDays(3);

    private readonly JobStore _store;
    private readonly JobReport _report;
    private readonly JobSecrets _secrets;
    private readonly bool _isUsed;
    private readonly AllowedWeb _web;
    private readonly TimeProvider _time;
    private readonly ILogger<JobWebhookSender> _logger;

    public JobWebhookSender(
        JobStore store,
        JobReport report,
        JobSecrets secrets,
        IOptions<JobOptions> options,
        TimeProvider time,
        ILogger<JobWebhookSender> logger
    )
        : this(store, report, secrets, options, time, logger, AllowedWeb.PublicConnections()) { }

    /// <summary>Calls over other connections.</summary>
    internal JobWebhookSender(
        JobStore store,
        JobReport report,
        JobSecrets secrets,
        IOptions<JobOptions> options,
        TimeProvider time,
        ILogger<JobWebhookSender> logger,
        HttpMessageHandler connections
    )
    {
        _store = store;
        _report = report;
        _secrets = secrets;
        _isUsed = options.Value.WebhookHosts.Count > 0;
        _web = new AllowedWeb(options.Value.WebhookHosts, WebhookCall.Patience, time, connections);
        _time = time;
        _logger = logger;
    }

    /// <summary>Whether a job may name an address.</summary>
    public bool Allows(Uri address) => _web.Allows(address);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _web.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        _isUsed
            ? PeriodicRounds.RunAsync(Every, _time, RunOnceAsync, failure => Log.Failed(_logger, failure.Message), stoppingToken)
            : Task.CompletedTask;

    /// <summary>Sends whatever is due.</summary>
    private async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        while (_store.MayHoldJobs && await ClaimAsync(cancellationToken) is { } job)
        {
            string? fault = await SendAsync(job, cancellationToken);
            bool isGivenUp = Now() - job.EndedAt >= RetryFor.TotalSeconds;
            long? next = fault is null || isGivenUp ? null : Now() + (long)WebhookCall.PauseAfter(job.WebhookAttempts).TotalSeconds;
            await _store.WriteAsync(
                db =>
                    db.Jobs.Where(row => row.JobId == job.JobId)
                        .ExecuteUpdateAsync(row => row.SetProperty(told => told.WebhookDueAt, next), cancellationToken),
                cancellationToken
            );
            if (fault is not null && isGivenUp)
            {
                Log.GivenUp(_logger, job.JobId, fault);
            }
            else if (fault is not null && job.WebhookAttempts == 1)
            {
                Log.NotTaken(_logger, job.JobId, fault);
            }
        }
    }

    /// <summary>Takes a job whose webhook is due, so that no other gateway calls it at the same time; null: there is none.</summary>
    private async Task<Job?> ClaimAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            long now = Now();
            var job = await _store.ReadAsync(
                db =>
                    db.Jobs.Where(row => row.WebhookDueAt <= now)
                        .OrderBy(row => row.WebhookDueAt)
                        .ThenBy(row => row.JobId)
                        .FirstOrDefaultAsync(cancellationToken),
                cancellationToken
            );
            if (job is null)
            {
                return null;
            }

            long until = now + (long)WebhookCall.Claim.TotalSeconds;
            int attempts = job.WebhookAttempts + 1;
            int claimed = await _store.WriteAsync(
                db =>
                    db.Jobs.Where(row => row.JobId == job.JobId && row.WebhookDueAt == job.WebhookDueAt)
                        .ExecuteUpdateAsync(
                            row => row.SetProperty(due => due.WebhookDueAt, until).SetProperty(due => due.WebhookAttempts, attempts),
                            cancellationToken
                        ),
                cancellationToken
            );
            if (claimed > 0)
            {
                job.WebhookAttempts = attempts;
                return job;
            }
        }
    }

    /// <summary>Calls a job's webhook once.</summary>
    /// <returns>Why it was not told; null: it was.</returns>
    private async Task<string?> SendAsync(Job job, CancellationToken cancellationToken)
    {
        if (NativeAsk.Of(job).Webhook is not { } webhook)
        {
            return null;
        }

        if (WebhookSecret.Read(_secrets.Open(webhook.Secret)) is not { } key)
        {
            return "its secret was sealed with another service token: set Gateway:Pricing:PreviousToken to the one before";
        }

        // The operator may have closed the host since.
        var address = new Uri(webhook.Url);
        if (!_web.Allows(address))
        {
            return "its host is not allowed any more";
        }

        var info = await _report.OfAsync(job, forOperators: false, cancellationToken);
        var notice = new JobNotice("msg_" + JobIds.Bare(job.JobId), "job." + info.Status, info.EndedAt!.Value, info);
        return await WebhookCall.SendAsync(
            _web.SendAsync,
            address,
            key,
            notice.Id,
            JsonSerializer.Serialize(notice, PlainJson.Gateway.JobNotice),
            _time.GetUtcNow(),
            cancellationToken
        );
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeSeconds();

    private static partial class Log
    {
        [LoggerMessage(2606, LogLevel.Warning, "The webhook of job {JobId} was not told of its end; trying again later: {Reason}")]
        public static partial void NotTaken(ILogger logger, string jobId, string reason);

        [LoggerMessage(2607, LogLevel.Error, "The webhook of job {JobId} could not be told for so long that it is given up: {Reason}")]
        public static partial void GivenUp(ILogger logger, string jobId, string reason);

        [LoggerMessage(2608, LogLevel.Warning, "Webhooks can't be told of jobs at present; trying again shortly: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
