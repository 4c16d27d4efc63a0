using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>A database of jobs that a newer gateway has changed.</summary>
public sealed class NewerJobStoreTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_refused_and_left_as_it_is()
    {
        using var folder = new TemporaryFolder();
        using (var newer = Store(folder.Path))
        {
            await newer.WriteAsync(
                static db =>
                    db.Database.ExecuteSqlRawAsync("INSERT INTO job_migrations VALUES ('99990101000000_Later', '99.0.0')", Cancelled),
                Cancelled
            );
        }

        using var older = Store(folder.Path);
        var log = new ListLogger<JobStoreGuard>();
        var refused = await Assert.ThrowsAsync<RefusalException>(() =>
            new JobStoreGuard(log).AskAsync(() => older.WriteAsync(static db => db.Files.ExecuteDeleteAsync(Cancelled), Cancelled))
        );

        Assert.Equal(ErrorCodeTable.JobsUnavailable.Code, refused.Refusal.Code);
        Assert.Contains("99990101000000_Later", Assert.Single(log.Lines).Line, StringComparison.Ordinal);
    }

    private static JobStore Store(string folder) =>
        new(
            Options.Create(new JobOptions { ConnectionString = $"Data Source={Path.Combine(folder, "jobs.db")};Pooling=False" }),
            ScriptedPricing.Identity(folder),
            new ConfigurationBuilder().Build()
        );
}
