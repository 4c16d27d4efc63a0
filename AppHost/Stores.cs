using System.Data.Common;
using ImageToText.AppHost.Running;
using Microsoft.Extensions.Configuration;

namespace ImageToText.AppHost;

/// <summary>Where the services keep things: Redis for what may be lost, PostgreSQL for the books.</summary>
/// <param name="Redis">Provides Redis's connection string.</param>
/// <param name="Ledger">Provides the connection string of the pricing service's database.</param>
/// <param name="RedisContainer">Redis, if it is one of our containers.</param>
/// <param name="PostgresContainer">PostgreSQL, if it is one of our containers.</param>
/// <param name="EmbeddedCache">The process that replaces Redis, if it is ours.</param>
public sealed record Stores(
    IResourceBuilder<IResourceWithConnectionString> Redis,
    IResourceBuilder<IResourceWithConnectionString> Ledger,
    IResourceBuilder<RedisResource>? RedisContainer = null,
    IResourceBuilder<PostgresServerResource>? PostgresContainer = null,
    IResourceBuilder<ProjectResource>? EmbeddedCache = null
)
{
    /// <summary>The volume of the Redis container.</summary>
    public const string RedisVolume = "imagetotext-redis";

    /// <summary>The volume of the PostgreSQL container.</summary>
    public const string PostgresVolume = "imagetotext-postgres";

    /// <summary>Uses containers beside the services, each with a volume.</summary>
    public static Stores Containers(IDistributedApplicationBuilder builder)
    {
        var redis = builder
            .AddRedis("redis")
            .WithoutHttpsCertificate()
            .WithDataVolume(RedisVolume)
            .WithPersistence(TimeSpan.FromMinutes(1), keysChangedThreshold: 100);
        var postgres = builder.AddPostgres("postgres").WithDataVolume(PostgresVolume);
        return new Stores(redis, postgres.AddDatabase("ledger"), redis, postgres);
    }

    /// <summary>
    /// Uses managed services, or others that you run yourself. <c>ConnectionStrings:redis</c> and <c>ConnectionStrings:ledger</c>
    /// say where. Published, both are secrets whose values are not written down.
    /// </summary>
    /// <exception cref="DeploymentException">One of them is missing; the message names it.</exception>
    public static Stores External(IDistributedApplicationBuilder builder) => new(External(builder, "redis"), External(builder, "ledger"));

    /// <summary>Uses Garnet in its own process and a SQLite file, so no container engine and no server is needed.</summary>
    internal static Stores Embedded(IDistributedApplicationBuilder builder, RunFolder folder)
    {
        var password = builder.AddSecret("redis-password");
        var garnet = builder
            .AddProject<Projects.Standalone>("garnet", launchProfileName: null)
            .WithEndpoint(name: "tcp", scheme: "tcp")
            .WithoutHttpsCertificate()
            .WithEnvironment("CACHE_PASSWORD", password);
        var endpoint = garnet.GetEndpoint("tcp");
        garnet.WithArgs("cache", "--port", endpoint.Property(EndpointProperty.TargetPort)).WithConnectionCheck(endpoint);
        return new Stores(
            builder.AddConnectionString(
                "redis",
                ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.HostAndPort)},password={password.Resource}")
            ),
            builder.AddConnectionString(
                "ledger",
                text => text.AppendLiteral(new DbConnectionStringBuilder { ["Data Source"] = folder.Books }.ConnectionString)
            ),
            EmbeddedCache: garnet
        );
    }

    // Without a value Aspire would ask for one, and wait for ever if nobody is there to answer. A manifest contains no values.
    private static IResourceBuilder<IResourceWithConnectionString> External(IDistributedApplicationBuilder builder, string name) =>
        WritesManifest(builder) || !string.IsNullOrEmpty(builder.Configuration.GetConnectionString(name))
            ? builder.AddConnectionString(name)
            : throw new DeploymentException(
                $"{Deployment.Section}:{nameof(Deployment.Stores)} is external, but ConnectionStrings:{name} is missing: "
                    + $"say where it is with --ConnectionStrings:{name}=... (published, any value will do: it is not written "
                    + $"down)."
            );

    private static bool WritesManifest(IDistributedApplicationBuilder builder) =>
        string.Equals(builder.Configuration["Publishing:Publisher"], "manifest", StringComparison.OrdinalIgnoreCase);
}
