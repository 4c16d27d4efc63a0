using System.Globalization;
using ImageToText.Gateway.Jobs.Storage;
using Microsoft.Data.Sqlite;
using Npgsql;
using Quartz;
using Quartz.Extensibility;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// The queue of what jobs do next: Quartz, on the database of the jobs. It repeats what a gateway that was killed had begun.
/// </summary>
internal sealed class JobQueue(JobStore store, IServiceProvider services, ILoggerFactory loggers, TimeProvider time) : IAsyncDisposable
{
    /// <summary>The part number of what ends a job.</summary>
    public const int Finish = -1;

    private const string Later = "-later";
    private const string RecoveryGroup = "RECOVERING_JOBS";
    private const int MostAtOnce = 32;
    private static readonly JobKey Parts = new("parts");
    private readonly SemaphoreSlim _starting = new(1, 1);
    private IScheduler? _scheduler;

    /// <summary>Starts it, unless it runs.</summary>
    public async Task<IScheduler> StartAsync(CancellationToken cancellationToken)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            return _scheduler ??= await BuildAsync(cancellationToken);
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Adds a part of a job, once.</summary>
    /// <param name="jobId">The job.</param>
    /// <param name="part">The part's number, or <see cref="Finish"/>.</param>
    /// <param name="delay">How long to wait first.</param>
    /// <param name="again">Whether it is to run in spite of being under way now.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    public async Task AddAsync(string jobId, int part, TimeSpan delay, bool again, CancellationToken cancellationToken)
    {
        var scheduler = await StartAsync(cancellationToken);
        string number = part.ToString(CultureInfo.InvariantCulture);
        string name =
            again ? $"{number}-{Guid.NewGuid():N}"
            : delay > TimeSpan.Zero ? number + Later
            : number;
        var trigger = TriggerBuilder
            .Create(time)
            .ForJob(Parts)
            .WithIdentity(name, jobId)
            .UsingJobData(PartJob.JobId, jobId)
            .UsingJobData(PartJob.Part, number)
            .StartAt(time.GetUtcNow() + delay)
            .Build();
        await scheduler.ScheduleTrigger(trigger, TriggerConflict.Keep, cancellationToken);
    }

    /// <summary>
    /// Whether any part of a job is due or under way. The one that ends it does not count, nor do those that wait for budget or
    /// a bucket: none of their items is under way.
    /// </summary>
    public async Task<bool> HasPartsAsync(string jobId, CancellationToken cancellationToken)
    {
        var scheduler = await StartAsync(cancellationToken);
        var now = time.GetUtcNow();
        foreach (var key in await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.GroupEquals(jobId), cancellationToken))
        {
            if (key.Name[0] != '-' && await scheduler.GetTrigger(key, cancellationToken) is { } part && part.StartTimeUtc <= now)
            {
                return true;
            }
        }

        return await HasRecoveriesAsync(scheduler, cancellationToken);
    }

    /// <summary>Whether anything of a job is waiting or under way.</summary>
    public async Task<bool> KnowsAsync(string jobId, CancellationToken cancellationToken)
    {
        var scheduler = await StartAsync(cancellationToken);
        var own = await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.GroupEquals(jobId), cancellationToken);
        if (own.Any(static key => !key.Name.EndsWith(Later, StringComparison.Ordinal)))
        {
            return true;
        }

        // The end of a job whose time is over may wait for its bucket for long.
        var end = await scheduler.GetTrigger(
            new TriggerKey(Finish.ToString(CultureInfo.InvariantCulture) + Later, jobId),
            cancellationToken
        );
        return end?.StartTimeUtc <= time.GetUtcNow() || await HasRecoveriesAsync(scheduler, cancellationToken);
    }

    /// <summary>Stops taking parts, and waits for those under way to notice.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _scheduler, null) is { } scheduler)
        {
            await scheduler.Shutdown(waitForJobsToComplete: true, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        _starting.Dispose();
    }

    private static async Task<bool> HasRecoveriesAsync(IScheduler scheduler, CancellationToken cancellationToken) =>
        (await scheduler.GetTriggerKeys(GroupMatcher<TriggerKey>.GroupEquals(RecoveryGroup), cancellationToken)).Count > 0;

    private async Task<IScheduler> BuildAsync(CancellationToken cancellationToken)
    {
        await store.OpenAsync(cancellationToken);
        var builder = QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.Services.AddSingleton(loggers);
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "jobs";
                scheduler.GenerateInstanceId = store.IsPostgres;
                scheduler.IdleWaitTime = TimeSpan.FromSeconds(30);
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UseDefaultThreadPool(MostAtOnce);
            quartz.UseJobFactory(new Factory(services));
            quartz.UsePersistentStore(database =>
            {
                database.ProvisionSchema();
                database.ConfigureStore(static options =>
                {
                    options.StoreJobDataAsStrings = true;
                    options.RecoverFiringsCancelledByShutdown = true;
                });
                if (store.IsPostgres)
                {
                    database.UsePostgres(NpgsqlFactory.Instance, store.ConnectionString);
                    database.UseClustering(static cluster =>
                    {
                        cluster.CheckinInterval = TimeSpan.FromSeconds(5);
                        cluster.CheckinMisfireThreshold = TimeSpan.FromSeconds(10);
                    });
                }
                else
                {
                    // In a file of its own, the queue and the results do not wait for each other.
                    var file = new SqliteConnectionStringBuilder(store.ConnectionString);
                    file.DataSource = Path.ChangeExtension(file.DataSource, ".queue.db");
                    database.UseSqlite(SqliteFactory.Instance, file.ConnectionString);
                }
            });
        });
        var scheduler = await builder.BuildScheduler(cancellationToken);
        await scheduler.AddJob(
            JobBuilder.Create<PartJob>().WithIdentity(Parts).StoreDurably().RequestRecovery().Build(),
            new AddJobOptions { Replace = true },
            cancellationToken
        );
        await scheduler.Start(cancellationToken);
        return scheduler;
    }

    private sealed class Factory(IServiceProvider services) : IJobFactory
    {
        public ValueTask<JobScope> CreateJob(TriggerFiredBundle bundle, IScheduler scheduler, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new JobScope(services.GetRequiredService<PartJob>()));

        public ValueTask ReturnJob(JobScope scope, CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
