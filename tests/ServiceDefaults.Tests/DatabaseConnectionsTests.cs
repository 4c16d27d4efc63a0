using ImageToText.ServiceDefaults.Databases;

namespace ImageToText.ServiceDefaults.Tests;

public sealed class DatabaseConnectionsTests
{
    [Theory]
    [InlineData("Host=db;Database=books", "host=db;database=books;maximum pool size=20")]
    [InlineData("Host=db;Max Pool Size=80", "host=db;max pool size=80")]
    [InlineData("Host=db;MaxPoolSize=80", "host=db;maxpoolsize=80")]
    [InlineData("Data Source=books.db", "data source=books.db")]
    public void A_service_leaves_connections_to_others_unless_it_is_told_how_many_to_take(string given, string expected) =>
        Assert.Equal(expected, DatabaseConnections.WithRoomForOthers(given, 20), ignoreCase: true);
}
