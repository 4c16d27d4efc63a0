using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ImageToText.PricingService.Storage;

/// <summary>The store in a SQLite file. Amounts are stored as text, digit by digit, because SQLite has no decimals.</summary>
internal sealed class SqlitePricingDb(DbContextOptions<SqlitePricingDb> options) : PricingDb(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        // As text, times could not be compared or sorted in the database.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();
    }

    private sealed class UtcTicks()
        : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}

/// <summary>For the migrations tool, which builds the SQLite migrations with it.</summary>
internal sealed class SqlitePricingDbFactory : IDesignTimeDbContextFactory<SqlitePricingDb>
{
    public SqlitePricingDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqlitePricingDb>().UseSqlite("Data Source=:memory:").Options);
}
