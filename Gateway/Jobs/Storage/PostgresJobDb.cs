using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>The store in PostgreSQL.</summary>
internal sealed class PostgresJobDb(DbContextOptions<PostgresJobDb> options) : JobDb(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        // Without precision, so that every digit of a decimal is kept.
        configurationBuilder.Properties<decimal>().HaveColumnType("numeric");
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Entity<FilePiece>(piece =>
        {
            piece.ToTable("job_pieces");
            piece.HasKey(row => new { row.File, row.Number });
            piece.HasIndex(row => new { row.IsDraft, row.CreatedAt });
        });
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>For the migrations tool, which builds the PostgreSQL migrations with it.</summary>
internal sealed class PostgresJobDbFactory : IDesignTimeDbContextFactory<PostgresJobDb>
{
    public PostgresJobDb CreateDbContext(string[] args) =>
        new(
            new DbContextOptionsBuilder<PostgresJobDb>()
                .UseNpgsql("Host=localhost", static postgres => postgres.MigrationsHistoryTable(JobDb.Migrations))
                .Options
        );
}
