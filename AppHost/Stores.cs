using ImageToText.AppHost.Commands;

namespace ImageToText.AppHost;

/// <summary>Where the services keep things: Redis for what may be lost, PostgreSQL for the books.</summary>
/// <param name="Redis">Has Redis's connection string.</param>
/// <param name="Ledger">Has the connection string of the pricing service's database.</param>
/// <param name="RedisContainer">Redis, where it is one of our containers.</param>
/// <param name="PostgresContainer">PostgreSQL, where it is one of our containers.</param>
internal sealed record Stores(
    IResourceBuilder<IResourceWithConnectionString> Redis,
    IResourceBuilder<IResourceWithConnectionString> Ledger,
    IResourceBuilder<RedisResource>? RedisContainer = null,
    IResourceBuilder<PostgresServerResource>? PostgresContainer = null)
{
    /// <summary>Containers beside the services, each with a volume.</summary>
    public static Stores Containers(IDistributedApplicationBuilder builder)
    {
        var redis = builder.AddRedis("redis")
            .WithDataVolume("imagetotext-redis")
            .WithPersistence(TimeSpan.FromMinutes(1), keysChangedThreshold: 100)
            .WithPurgeCommand();
        var postgres = builder.AddPostgres("postgres")
            .WithDataVolume("imagetotext-postgres");
        return new Stores(redis, postgres.AddDatabase("ledger"), redis, postgres);
    }

    /// <summary>
    /// Run by others: managed services, or what is on this machine. <c>ConnectionStrings:redis</c> and <c>ConnectionStrings:ledger</c> say
    /// where; published, both are secrets that are asked for.
    /// </summary>
    public static Stores Given(IDistributedApplicationBuilder builder) =>
        new(builder.AddConnectionString("redis"), builder.AddConnectionString("ledger"));
}
