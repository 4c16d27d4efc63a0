using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>The store in a SQLite file.</summary>
internal sealed class SqliteJobDb(DbContextOptions<SqliteJobDb> options) : JobDb(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        ArgumentNullException.ThrowIfNull(modelBuilder);
        modelBuilder.Ignore<FilePiece>();
        base.OnModelCreating(modelBuilder);
    }
}

/// <summary>For the migrations tool, which builds the SQLite migrations with it.</summary>
internal sealed class SqliteJobDbFactory : IDesignTimeDbContextFactory<SqliteJobDb>
{
    public SqliteJobDb CreateDbContext(string[] args) =>
        new(
            new DbContextOptionsBuilder<SqliteJobDb>()
                .UseSqlite("Data Source=jobs.db", static sqlite => sqlite.MigrationsHistoryTable(JobDb.Migrations))
                .Options
        );
}
