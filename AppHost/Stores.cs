using ImageToText.AppHost.Commands;
using Microsoft.Extensions.Configuration;

namespace ImageToText.AppHost;

/// <summary>Where the services keep things: Redis for what may be lost, PostgreSQL for the books.</summary>
/// <param name="Redis">Has Redis's connection string.</param>
/// <param name="Ledger">Has the connection string of the pricing service's database.</param>
/// <param name="RedisContainer">Redis, where it is one of our containers.</param>
/// <param name="PostgresContainer">PostgreSQL, where it is one of our containers.</param>
public sealed record Stores(
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
    /// where; published, both are secrets whose values are not written down.
    /// </summary>
    /// <exception cref="InvalidOperationException">One of them is missing; the message names it.</exception>
    public static Stores Given(IDistributedApplicationBuilder builder) => new(Given(builder, "redis"), Given(builder, "ledger"));

    // Without a value Aspire would ask for it, and wait forever where nobody is there to answer. A manifest is written without values.
    private static IResourceBuilder<IResourceWithConnectionString> Given(IDistributedApplicationBuilder builder, string name) =>
        WritesManifest(builder) || !string.IsNullOrEmpty(builder.Configuration.GetConnectionString(name))
            ? builder.AddConnectionString(name)
            : throw new InvalidOperationException(
                $"{Deployment.Section}:{nameof(Deployment.ExternalStores)} is set, but ConnectionStrings:{name} is missing: say where it is with --ConnectionStrings:{name}=... (published, any value will do: it is not written down).");

    private static bool WritesManifest(IDistributedApplicationBuilder builder) =>
        string.Equals(builder.Configuration["Publishing:Publisher"], "manifest", StringComparison.OrdinalIgnoreCase);
}
