using ImageToText.PricingService.Storage;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Tests.Storage;

/// <summary>The migrations of both databases lead to the model that the service works with. A start takes that for granted.</summary>
public sealed class MigrationTests
{
    [Fact]
    public void The_migrations_of_SQLite_lead_to_the_model()
    {
        using var db = new SqlitePricingDbFactory().CreateDbContext([]);

        Assert.False(db.Database.HasPendingModelChanges(), "Add a migration: dotnet ef migrations add NAME --context SqlitePricingDb");
    }

    [Fact]
    public void The_migrations_of_PostgreSQL_lead_to_the_model()
    {
        using var db = new PostgresPricingDbFactory().CreateDbContext([]);

        Assert.False(db.Database.HasPendingModelChanges(), "Add a migration: dotnet ef migrations add NAME --context PostgresPricingDb");
    }
}
