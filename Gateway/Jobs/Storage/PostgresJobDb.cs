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
