using System.Text.Json;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>What is stored about jobs. There is one class per database, since each has its own migrations.</summary>
internal abstract class JobDb(DbContextOptions options) : DbContext(options)
{
    /// <summary>The table of migrations; the pricing service's may be in the same database.</summary>
    public const string Migrations = "job_migrations";

    public DbSet<StoredFile> Files => Set<StoredFile>();

    public DbSet<Job> Jobs => Set<Job>();

    public DbSet<JobItem> Items => Set<JobItem>();

    /// <summary>The bytes of files; only in PostgreSQL, since a SQLite file has a folder beside it.</summary>
    public DbSet<FilePiece> Pieces => Set<FilePiece>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        ArgumentNullException.ThrowIfNull(configurationBuilder);
        configurationBuilder.Properties<Enum>().HaveConversion<string>().HaveMaxLength(32);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);

        modelBuilder.Entity<StoredFile>(file =>
        {
            file.ToTable("job_files");
            file.HasKey(row => row.FileId);
            file.HasIndex(row => new { row.KeyId, row.FileId });
            file.HasIndex(row => row.CreatedAt);
            file.HasIndex(row => row.Account);
        });

        modelBuilder.Entity<Job>(job =>
        {
            job.ToTable("jobs");
            job.HasKey(row => row.JobId);
            job.HasIndex(row => new { row.KeyId, row.JobId });
            job.HasIndex(row => row.State);
            job.HasIndex(row => row.WebhookDueAt);
            job.Ignore(row => row.HasEnded);
        });

        modelBuilder.Entity<JobItem>(item =>
        {
            item.ToTable("job_items");
            item.HasKey(row => new { row.JobId, row.Index });
            // Holds all that is counted, so that nobody reads the lines to see how far a job is.
            item.HasIndex(row => new
            {
                row.JobId,
                row.Succeeded,
                row.Code,
                row.EndedAt,
                row.CostUsd,
            });
        });

        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            }
        }
    }
}
