// One cluster for all tests of the assembly; each takes a database of its own.
[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace ImageToText.EndToEnd.Clusters;

/// <summary>In which database the pricing service keeps its books.</summary>
public enum Books
{
    Sqlite,
    Postgres,
}

/// <summary>Databases of the tests.</summary>
internal static class TestDatabases
{
    /// <summary>A new database; skips the test where its server is not installed.</summary>
    /// <param name="books">Which.</param>
    /// <param name="cluster">The server of the test run.</param>
    /// <param name="folder">Where a file would be.</param>
    public static async Task<string> CreateAsync(this Books books, PostgresCluster cluster, string folder)
    {
        Assert.SkipWhen(books == Books.Postgres && cluster.Missing is not null, cluster.Missing ?? "");
        return books == Books.Postgres ? await cluster.CreateDatabaseAsync() : $"Data Source={Path.Combine(folder, "pricing.db")}";
    }
}
