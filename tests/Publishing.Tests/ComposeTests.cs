using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace ImageToText.AppHost.Tests;

public sealed partial class ComposeTests(PublishedToCompose published) : IClassFixture<PublishedToCompose>
{
    [Fact]
    public void All_files_are_there() =>
        Assert.Equal([".env", "docker-compose.gpu.yaml", "docker-compose.yaml"], published.Files);

    [Theory]
    [InlineData("docker-compose.yaml")]
    [InlineData("docker-compose.gpu.yaml")]
    [InlineData(".env")]
    public void The_files_in_deploy_are_what_is_published(string file) =>
        Assert.Equal(File.ReadAllText(Path.Combine(Projects.AppHost.ProjectPath, "../deploy/compose", file)), published.Read(file));

    [Fact]
    public void Every_service_is_there_with_what_it_waits_for()
    {
        var services = Services();
        Assert.Equal(
            ["compose-dashboard", "gateway", "inference", "postgres", "pricing", "redis"],
            services.Children.Keys.Select(key => key.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal("service_healthy", Text(services, "gateway", "depends_on", "redis", "condition"));
        Assert.Equal("service_healthy", Text(services, "inference", "depends_on", "redis", "condition"));
        Assert.Equal("service_healthy", Text(services, "pricing", "depends_on", "postgres", "condition"));
        Assert.Equal("1", Text(services, "inference", "deploy", "replicas"));
        foreach (var database in (string[])["redis", "postgres"])
            Assert.NotEmpty(((YamlSequenceNode)Node(services, database, "healthcheck", "test")).Children);
    }

    [Theory]
    [InlineData("pricing", "ConnectionStrings__pricing", "Host=postgres;Port=5432;Username=postgres;Password=${POSTGRES_PASSWORD};Database=ledger")]
    [InlineData("pricing", "Pricing__Access__ServiceToken", "${SERVICE_TOKEN}")]
    [InlineData("pricing", "Pricing__Access__OperatorToken", "${OPERATOR_TOKEN}")]
    [InlineData("inference", "AUTH_TOKEN", "${NODE_TOKEN}")]
    [InlineData("inference", "HF_TOKEN", "${HUB_TOKEN}")]
    [InlineData("inference", "HF_HOME", "/app/data/huggingface")]
    [InlineData("inference", "Inference__ModelsFolder", "/app/data")]
    [InlineData("inference", "services__pricing__http__0", "http://pricing:8080")]
    [InlineData("inference", "ConnectionStrings__redis", "redis:6379,password=${REDIS_PASSWORD}")]
    [InlineData("inference", "Inference__Registration__PricingAddress", "http://pricing:8080")]
    [InlineData("inference", "Inference__Registration__PricingToken", "${SERVICE_TOKEN}")]
    [InlineData("inference", "Inference__Registration__PricePerUnit", "${PRICE_PER_PIXEL}")]
    [InlineData("gateway", "ConnectionStrings__redis", "redis:6379,password=${REDIS_PASSWORD}")]
    [InlineData("gateway", "Gateway__Pricing__Address", "http://pricing:8080")]
    [InlineData("gateway", "Gateway__Pricing__Token", "${SERVICE_TOKEN}")]
    [InlineData("gateway", "Gateway__DataDirectory", "/app/data")]
    [InlineData("gateway", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://compose-dashboard:18889")]
    [InlineData("gateway", "HTTP_PORTS", "8080")]
    public void Every_variable_that_a_service_reads_is_there(string service, string variable, string value) =>
        Assert.Equal(value, Text(Services(), service, "environment", variable));

    [Theory]
    [InlineData("redis", "imagetotext-redis", "/data")]
    [InlineData("postgres", "imagetotext-postgres", "/var/lib/postgresql")]
    [InlineData("inference", "imagetotext-models", "/app/data")]
    [InlineData("gateway", "imagetotext-journal", "/app/data")]
    public void What_must_last_is_on_a_volume(string service, string volume, string path)
    {
        var mount = Assert.Single(((YamlSequenceNode)Node(Services(), service, "volumes")).Children);
        Assert.Equal(volume, mount["source"].ToString());
        Assert.Equal(path, mount["target"].ToString());
    }

    [Fact]
    public void Redis_writes_its_data_down() =>
        Assert.EndsWith("--save 60 100", ((YamlSequenceNode)Node(Services(), "redis", "command")).Children[^1].ToString(), StringComparison.Ordinal);

    [Fact]
    public void Only_the_gateway_and_the_dashboard_are_reachable_from_outside()
    {
        var outside = Services().Children.Where(service => ((YamlMappingNode)service.Value).Children.ContainsKey("ports")).Select(service => service.Key.ToString());
        Assert.Equal(["compose-dashboard", "gateway"], outside.Order(StringComparer.Ordinal));
        Assert.Equal("8080:8080", Assert.Single(((YamlSequenceNode)Node(Services(), "gateway", "ports")).Children).ToString());
    }

    [Fact]
    public void No_secret_has_a_value_and_every_placeholder_is_in_the_environment_file()
    {
        var environment = published.Read(".env").Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal)).ToArray();
        Assert.All(environment, line => Assert.EndsWith("=", line.TrimEnd(), StringComparison.Ordinal));
        var placeholders = Placeholder().Matches(published.Read("docker-compose.yaml")).Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(environment.Select(line => line.Split('=')[0]).Order(StringComparer.Ordinal), placeholders);
    }

    [Fact]
    public void The_overlay_reserves_a_gpu_for_nodes_that_exist()
    {
        var overlay = (YamlMappingNode)Parse("docker-compose.gpu.yaml")["services"];
        var name = Assert.Single(overlay.Children.Keys).ToString()!;
        Assert.True(Services().Children.ContainsKey(name));
        var device = Assert.Single(((YamlSequenceNode)Node(overlay, name, "deploy", "resources", "reservations", "devices")).Children);
        Assert.Equal("nvidia", device["driver"].ToString());
        Assert.Equal("cuda", Text(overlay, name, "environment", "Inference__Provider"));
    }

    private YamlMappingNode Services() => (YamlMappingNode)Parse("docker-compose.yaml")["services"];

    private YamlNode Parse(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(published.Read(file)));
        return yaml.Documents.Single().RootNode;
    }

    private static YamlNode Node(YamlNode node, params string[] path) => path.Aggregate(node, (at, key) => at[key]);

    private static string? Text(YamlNode node, params string[] path) => Node(node, path).ToString();

    [GeneratedRegex(@"\$\{([A-Z_]+)\}")]
    private static partial Regex Placeholder();
}
