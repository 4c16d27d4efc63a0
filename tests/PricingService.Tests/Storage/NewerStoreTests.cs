using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Tests.Hosting;
using ImageToText.ServiceDefaults.Databases;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.PricingService.Tests.Storage;

public sealed class NewerStoreTests
{
    [Fact]
    public async Task A_database_that_a_newer_version_has_migrated_is_refused()
    {
        string file = Path.GetTempFileName();
        try
        {
            string connectionString = $"Data Source={file};Pooling=False";
            await using (var now = await TestPricing.StartOnAsync(connectionString, new(TestPricing.Noon), []))
            {
                await using var db = now.Services.GetRequiredService<Store>().OpenForReading();
                await db.Database.ExecuteSqlRawAsync("INSERT INTO __EFMigrationsHistory VALUES ('99990101000000_Later', '99.0.0')");
            }

            var refused = await Assert.ThrowsAsync<NewerStoreException>(async () =>
            {
                await using var older = await TestPricing.StartOnAsync(connectionString, new(TestPricing.Noon), []);
            });
            Assert.Contains("99990101000000_Later", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
