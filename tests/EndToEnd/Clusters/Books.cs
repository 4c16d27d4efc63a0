// One cluster for all tests of the assembly. Each test takes its own database.
[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace ImageToText.EndToEnd.Clusters;

/// <summary>The database that holds the pricing service's ledger.</summary>
public enum Books
{
    Sqlite,
    Postgres,
}

/// <summary>The tests' databases.</summary>
internal static class TestDatabases
{
    /// <summary>Creates a database. Skips the test if its server isn't installed.</summary>
    /// <param name="books">The kind of database.</param>
    /// <param name="cluster">The test run's server.</param>
    /// <param name="folder">The folder for a database file.</param>
    public static async Task<string> CreateAsync(this Books books, PostgresCluster cluster, string folder)
    {
        Assert.SkipWhen(books == Books.Postgres && cluster.Missing is not null, cluster.Missing ?? "");
        return books == Books.Postgres ? await cluster.CreateDatabaseAsync() : $"Data Source={Path.Combine(folder, "pricing.db")}";
    }
}
