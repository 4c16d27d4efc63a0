using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;

namespace ImageToText.AppHost.Tests.Published;

/// <summary>
/// The whole model as Aspire writes it for deployment tools such as azd, before any target changes it.
/// </summary>
public sealed partial class ManifestTests(PublishedManifest published) : IClassFixture<PublishedManifest>
{
    /// <summary>What Aspire itself gives each of our services.</summary>
    private static readonly Dictionary<string, string> OfEveryService = new()
    {
        ["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory",
        ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true",
    };

    /// <summary>The cache as its reference describes it, as a whole and in parts.</summary>
    private static readonly Dictionary<string, string> OfRedis = new()
    {
        ["ConnectionStrings__redis"] = "{redis.connectionString}",
        ["REDIS_HOST"] = "{redis.bindings.tcp.host}",
        ["REDIS_PORT"] = "{redis.bindings.tcp.port}",
        ["REDIS_PASSWORD"] = "{redis-password.value}",
        ["REDIS_URI"] =
            "{redis.bindings.tcp.scheme}://:{redis-password-uri-encoded.value}@{redis.bindings.tcp.host}:{redis.bindings.tcp.port}",
    };

    /// <summary>The books as their reference describes them to a service that knows them by a name.</summary>
    private static Dictionary<string, string> OfLedger(string name) =>
        new()
        {
            [$"ConnectionStrings__{name.ToLowerInvariant()}"] = "{ledger.connectionString}",
            [$"{name}_HOST"] = "{postgres.bindings.tcp.host}",
            [$"{name}_PORT"] = "{postgres.bindings.tcp.port}",
            [$"{name}_USERNAME"] = "postgres",
            [$"{name}_PASSWORD"] = "{postgres-password.value}",
            [$"{name}_URI"] =
                "postgresql://postgres:{postgres-password-uri-encoded.value}"
                + "@{postgres.bindings.tcp.host}:{postgres.bindings.tcp.port}/ledger",
            [$"{name}_JDBCCONNECTIONSTRING"] = "jdbc:postgresql://{postgres.bindings.tcp.host}:{postgres.bindings.tcp.port}/ledger",
            [$"{name}_DATABASENAME"] = "ledger",
        };

    [Fact]
    public void The_resources_are_exactly_these() =>
        Assert.Equal(
            [
                "cond-redis-bindings-tcp-tlsenabled-d148d83a value.v0",
                "gateway project.v0",
                "hub-token parameter.v0",
                "inference project.v0",
                "ledger value.v0",
                "node-token parameter.v0",
                "operator-token parameter.v0",
                "postgres container.v0",
                "postgres-password parameter.v0",
                "postgres-password-uri-encoded annotated.string",
                "previous-node-token parameter.v0",
                "previous-operator-token parameter.v0",
                "previous-service-token parameter.v0",
                "price-per-pixel parameter.v0",
                "pricing project.v0",
                "redis container.v0",
                "redis-password parameter.v0",
                "redis-password-uri-encoded annotated.string",
                "service-token parameter.v0",
            ],
            published.Resources.Select(static resource => $"{resource.Key} {resource.Value!["type"]}").Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Every_binding_exists_and_only_the_gateways_is_external() =>
        Assert.Equal(
            [
                "gateway http http 8080 external",
                "gateway management http 8081",
                "inference http http 8080",
                "postgres tcp tcp 5432",
                "pricing http http 8080",
                "pricing management http 8081",
                "redis tcp redis 6379",
            ],
            (
                from resource in published.Resources
                where resource.Value!["bindings"] is not null
                from binding in resource.Value!["bindings"]!.AsObject()
                let external = (bool?)binding.Value!["external"] == true ? " external" : ""
                select $"{resource.Key} {binding.Key} {binding.Value!["scheme"]} {binding.Value["targetPort"]}{external}"
            ).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Every_parameter_exists_secrets_are_marked_and_passwords_are_generated() =>
        Assert.Equal(
            [
                "hub-token secret",
                "node-token secret, made of 32",
                "operator-token secret, made of 32",
                "postgres-password secret, made of 22",
                "previous-node-token secret",
                "previous-operator-token secret",
                "previous-service-token secret",
                "price-per-pixel open",
                "redis-password secret, made of 22",
                "service-token secret, made of 32",
            ],
            (
                from resource in published.Resources
                where (string?)resource.Value!["type"] == "parameter.v0"
                let input = resource.Value!["inputs"]!["value"]!
                let made = input["default"]?["generate"]?["minLength"] is { } length ? $", made of {length}" : ""
                select $"{resource.Key} {((bool?)input["secret"] == true ? "secret" : "open")}{made}"
            ).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void The_pricing_service_has_these_variables() =>
        Assert.Equal(
            Expected(
                OfEveryService,
                OfLedger("PRICING"),
                new()
                {
                    ["HTTP_PORTS"] = "{pricing.bindings.http.targetPort}",
                    ["ServiceDefaults__ManagementPort"] = "{pricing.bindings.management.targetPort}",
                    ["Pricing__Access__ServiceToken"] = "{service-token.value}",
                    ["Pricing__Access__OperatorToken"] = "{operator-token.value}",
                    ["Pricing__Access__PreviousServiceToken"] = "{previous-service-token.value}",
                    ["Pricing__Access__PreviousOperatorToken"] = "{previous-operator-token.value}",
                }
            ),
            Variables("pricing")
        );

    [Fact]
    public void A_node_has_these_variables() =>
        Assert.Equal(
            Expected(
                OfEveryService,
                OfRedis,
                new()
                {
                    ["HTTP_PORTS"] = "{inference.bindings.http.targetPort}",
                    ["AUTH_TOKEN"] = "{node-token.value}",
                    ["Inference__PreviousAuthToken"] = "{previous-node-token.value}",
                    ["HF_TOKEN"] = "{hub-token.value}",
                    ["HF_HOME"] = "/app/data/huggingface",
                    ["XDG_DATA_HOME"] = "/app/data",
                    ["Inference__ModelsFolder"] = "/app/data",
                    ["services__pricing__http__0"] = "{pricing.bindings.http.url}",
                    ["Inference__Registration__PricingToken"] = "{service-token.value}",
                    ["Inference__Registration__PricePerUnit"] = "{price-per-pixel.value}",
                }
            ),
            Variables("inference")
        );

    [Fact]
    public void A_gateway_has_these_variables() =>
        Assert.Equal(
            Expected(
                OfEveryService,
                OfRedis,
                OfLedger("JOBS"),
                new()
                {
                    ["HTTP_PORTS"] = "{gateway.bindings.http.targetPort}",
                    ["ServiceDefaults__ManagementPort"] = "{gateway.bindings.management.targetPort}",
                    ["services__pricing__http__0"] = "{pricing.bindings.http.url}",
                    ["Gateway__Pricing__Token"] = "{service-token.value}",
                    ["Gateway__Pricing__PreviousToken"] = "{previous-service-token.value}",
                }
            ),
            Variables("gateway")
        );

    [Fact]
    public void Every_reference_resolves()
    {
        var references = Texts(published.Resources)
            .SelectMany(static text => Reference().Matches(text))
            .Select(static match => match.Groups[1].Value)
            .ToHashSet();
        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.True(Leads(reference), reference));
    }

    [Fact]
    public void Every_secret_comes_from_a_secret_parameter()
    {
        var secrets = published
            .Resources.Where(static resource =>
                (string?)resource.Value!["type"] == "parameter.v0" && (bool?)resource.Value["inputs"]!["value"]!["secret"] == true
            )
            .Select(static resource => $"{{{resource.Key}.value}}")
            .ToHashSet();
        string[] given = ((string[])["pricing", "inference", "gateway", "redis", "postgres"])
            .SelectMany(Variables)
            .Where(static variable => Secret().IsMatch(variable.Key))
            .Select(static variable => variable.Value)
            .ToArray();
        Assert.NotEmpty(given);
        Assert.All(given, value => Assert.Contains(value, secrets));
    }

    private static SortedDictionary<string, string> Expected(params Dictionary<string, string>[] parts) =>
        new(parts.SelectMany(static part => part).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);

    private static IEnumerable<string> Texts(JsonNode? node) =>
        node switch
        {
            JsonObject many => many.SelectMany(static entry => Texts(entry.Value)),
            JsonArray many => many.SelectMany(Texts),
            JsonValue one when one.TryGetValue<string>(out string? text) => [text],
            _ => [],
        };

    private SortedDictionary<string, string> Variables(string resource) =>
        new(
            published.Resources[resource]!["env"]!
                .AsObject()
                .ToDictionary(static variable => variable.Key, static variable => (string)variable.Value!),
            StringComparer.Ordinal
        );

    private bool Leads(string reference) =>
        reference.Split('.') switch
        {
            [var name, "bindings", var binding, "host" or "port" or "targetPort" or "scheme" or "url"] => published
                .Resources[name]
                ?["bindings"]
                ?[binding]
                is not null,
            [var name, "inputs", var input] => published.Resources[name]?["inputs"]?[input] is not null,
            [var name, "connectionString" or "value"] => published.Resources[name]?[reference[(name.Length + 1)..]] is not null,
            _ => false,
        };

    [GeneratedRegex(@"\{([A-Za-z0-9_.-]+)\}")]
    private static partial Regex Reference();

    [GeneratedRegex("(Token|TOKEN|PASSWORD|Password)$")]
    private static partial Regex Secret();
}

/// <summary>The manifest, written to its own folder.</summary>
public sealed class PublishedManifest : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-manifest-").FullName;

    /// <summary>The resources by name.</summary>
    public JsonObject Resources { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        string file = Path.Combine(_folder, "manifest.json");
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>([
            "--operation",
            "publish",
            "--publisher",
            "manifest",
            "--output-path",
            file,
        ]);
        await using var app = await builder.BuildAsync();
        await app.RunAsync();
        Resources = JsonNode.Parse(await File.ReadAllTextAsync(file))!["resources"]!.AsObject();
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
