using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aspire.Hosting.Testing;

namespace ImageToText.AppHost.Tests;

/// <summary>The model as Aspire writes it down for deployment tools: resources, variables and parameters, before any target has its say.</summary>
public sealed partial class ManifestTests(PublishedManifest published) : IClassFixture<PublishedManifest>
{
    [Theory]
    [InlineData("pricing", "ConnectionStrings__pricing", "{ledger.connectionString}")]
    [InlineData("pricing", "Pricing__Access__ServiceToken", "{service-token.value}")]
    [InlineData("pricing", "Pricing__Access__OperatorToken", "{operator-token.value}")]
    [InlineData("inference", "ConnectionStrings__redis", "{redis.connectionString}")]
    [InlineData("inference", "AUTH_TOKEN", "{node-token.value}")]
    [InlineData("inference", "HF_TOKEN", "{hub-token.value}")]
    [InlineData("inference", "HF_HOME", "/app/data/huggingface")]
    [InlineData("inference", "Inference__ModelsFolder", "/app/data")]
    [InlineData("inference", "services__pricing__http__0", "{pricing.bindings.http.url}")]
    [InlineData("inference", "Inference__Registration__PricingToken", "{service-token.value}")]
    [InlineData("inference", "Inference__Registration__PricePerUnit", "{price-per-pixel.value}")]
    [InlineData("gateway", "ConnectionStrings__redis", "{redis.connectionString}")]
    [InlineData("gateway", "services__pricing__http__0", "{pricing.bindings.http.url}")]
    [InlineData("gateway", "Gateway__Pricing__Token", "{service-token.value}")]
    public void Every_variable_that_a_service_reads_is_there(string service, string variable, string value) =>
        Assert.Equal(value, (string?)published.Resources[service]!["env"]![variable]);

    [Fact]
    public void Every_secret_is_a_parameter_that_is_kept_secret()
    {
        var secrets = published.Resources
            .Where(resource => (string?)resource.Value!["type"] == "parameter.v0" && (bool?)resource.Value["inputs"]!["value"]!["secret"] == true)
            .Select(resource => resource.Key)
            .ToArray();
        var variables = published.Resources
            .Where(resource => resource.Value!["env"] is not null)
            .SelectMany(resource => resource.Value!["env"]!.AsObject())
            .Where(variable => Secret().IsMatch(variable.Key))
            .ToArray();
        Assert.NotEmpty(variables);
        Assert.All(variables, variable => Assert.Contains(secrets, secret => ((string)variable.Value!).Contains($"{{{secret}.value}}", StringComparison.Ordinal)));
        Assert.Contains(
            "{postgres-password.value}", (string)published.Resources["postgres"]!["connectionString"]!, StringComparison.Ordinal);
        Assert.Contains("{redis-password.value}", (string)published.Resources["redis"]!["connectionString"]!, StringComparison.Ordinal);
    }

    [GeneratedRegex("(Token|TOKEN|PASSWORD|Password)$")]
    private static partial Regex Secret();
}

/// <summary>The manifest, written to a folder of its own.</summary>
public sealed class PublishedManifest : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-manifest-").FullName;

    /// <summary>The resources by name.</summary>
    public JsonObject Resources { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        var file = Path.Combine(_folder, "manifest.json");
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            ["--operation", "publish", "--publisher", "manifest", "--output-path", file]);
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
