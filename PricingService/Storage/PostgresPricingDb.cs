using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ImageToText.PricingService.Storage;

/// <summary>The store in PostgreSQL.</summary>
internal sealed class PostgresPricingDb(DbContextOptions<PostgresPricingDb> options) : PricingDb(options)
{
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        // Without precision, so that every digit of a decimal is kept.
        configurationBuilder.Properties<decimal>().HaveColumnType("numeric");
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<Utc>();
    }

    private sealed class Utc() : ValueConverter<DateTimeOffset, DateTimeOffset>(time => time.ToUniversalTime(), time => time);
}

/// <summary>For the migrations tool, which builds the PostgreSQL migrations with it.</summary>
internal sealed class PostgresPricingDbFactory : IDesignTimeDbContextFactory<PostgresPricingDb>
{
    public PostgresPricingDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresPricingDb>().UseNpgsql("Host=localhost").Options);
}
