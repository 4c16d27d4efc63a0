using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageToText.AppHost.Tests.Published;

namespace ImageToText.AppHost.Tests.Deployed;

/// <summary>
/// Checks the repository's Compose files against the model: they must match what deploy/Publishing would write. Publishing needs packages
/// that not every machine has. These tests need none.
/// </summary>
public sealed partial class ComposeFilesTests(PublishedManifest manifest) : IClassFixture<PublishedManifest>
{
    private const string Dashboard = "compose-dashboard";

    private static readonly string Folder = Path.Combine(Repository.Root, "deploy/compose");

    private readonly JsonObject _services = Yaml.Read(Path.Combine(Folder, "docker-compose.yaml"))["services"]!.AsObject();
    private readonly DeployedModel _model = new(
        manifest.Resources,
        host: name => name,
        parameter: name => $"${{{name.Replace('-', '_').ToUpperInvariant()}}}"
    );

    [Fact]
    public void Every_resource_is_a_service_and_the_dashboard_is_added() =>
        Assert.Equal(
            _model.Containers.Append(Dashboard).Order(StringComparer.Ordinal),
            _services.Select(service => service.Key).Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Every_service_has_the_models_and_the_targets_variables() =>
        Assert.All(
            _model.Containers,
            name =>
            {
                var expected = _model.Variables(name);
                if (_model.Services.Contains(name))
                {
                    expected["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{Dashboard}:18889";
                    expected["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
                    expected["OTEL_SERVICE_NAME"] = name;
                }
                if (name == "gateway")
                {
                    expected["Gateway__DataDirectory"] = "/app/data";
                }

                Assert.Equal(
                    expected.OrderBy(variable => variable.Key, StringComparer.Ordinal),
                    _services[name]!["environment"]!
                        .AsObject()
                        .Select(variable => KeyValuePair.Create(variable.Key, (string)variable.Value!))
                        .OrderBy(variable => variable.Key, StringComparer.Ordinal)
                );
            }
        );

    [Fact]
    public void Stores_have_the_models_image_command_and_volume() =>
        Assert.All(
            _model.Containers.Except(_model.Services),
            name =>
            {
                var service = _services[name]!;
                Assert.Equal(_model.Image(name), (string?)service["image"]);
                Assert.Equal(
                    _model.Command(name),
                    ((string[])[.. service["entrypoint"].Strings(), .. service["command"].Strings()]).Select(word =>
                        word.Replace("$$", "$", StringComparison.Ordinal)
                    )
                );
                Assert.Equal(_model.Volumes(name), Mounts(name));
                Assert.NotEmpty(service["healthcheck"]!["test"]!.AsArray());
            }
        );

    [Fact]
    public void Our_services_use_the_images_that_this_version_builds() =>
        Assert.All(
            _model.Services,
            name =>
                Assert.Equal(
                    $"${{{name.ToUpperInvariant()}_IMAGE:-imagetotext/{name}:{Product.Version}}}",
                    (string?)_services[name]!["image"]
                )
        );

    [Theory]
    [InlineData("gateway", "imagetotext-journal")]
    [InlineData("inference", "imagetotext-models")]
    [InlineData("pricing", null)]
    public void Our_services_can_write_only_to_their_volume(string name, string? volume)
    {
        var service = _services[name]!;
        Assert.Equal(volume is null ? [] : new Dictionary<string, string> { ["/app/data"] = volume }, Mounts(name));
        Assert.Equal("true", (string?)service["read_only"]);
        Assert.Equal(["/tmp"], service["tmpfs"].Strings());
        Assert.Equal(["ALL"], service["cap_drop"].Strings());
        Assert.Equal(["no-new-privileges:true"], service["security_opt"].Strings());
        Assert.Equal("60s", (string?)service["stop_grace_period"]);
    }

    [Fact]
    public void Every_port_of_the_model_exists_and_only_the_gateways_is_published() =>
        Assert.All(
            _model.Containers,
            name =>
            {
                string[] published = _model.PublishedPorts(name);
                Assert.Equal(_model.Ports(name).Except(published), _services[name]!["expose"].Strings());
                Assert.Equal(
                    name == "gateway" ? [$"${{GATEWAY_PORT:-{Assert.Single(published)}}}:{published[0]}"] : [],
                    _services[name]!["ports"].Strings()
                );
            }
        );

    [Fact]
    public void Prometheus_scrapes_each_service_at_its_metrics_port()
    {
        var jobs = Yaml.Read(Path.Combine(Repository.Root, "deploy/prometheus/prometheus.yaml"))["scrape_configs"]!
            .AsArray()
            .Select(job =>
                (string?)job!["static_configs"]?[0]!["targets"]![0]
                ?? $"{job["dns_sd_configs"]![0]!["names"]![0]}:{job["dns_sd_configs"]![0]!["port"]}"
            );
        Assert.Equal(
            _model
                .Services.Select(name => $"{name}:{_model.ManagementPort(name) ?? Assert.Single(_model.Ports(name))}")
                .Order(StringComparer.Ordinal),
            jobs.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Services_start_once_the_dependencies_in_the_model_are_ready()
    {
        Assert.Equal("service_healthy", Condition("pricing", "postgres"));
        Assert.Equal("service_healthy", Condition("inference", "redis"));
        Assert.Equal("service_started", Condition("inference", "pricing"));
        Assert.Equal("service_healthy", Condition("gateway", "redis"));
        Assert.Equal("service_started", Condition("gateway", "pricing"));

        string? Condition(string service, string dependency) => (string?)_services[service]!["depends_on"]![dependency]!["condition"];
    }

    [Fact]
    public void The_environment_file_explains_every_placeholder_and_sets_none()
    {
        string[][] lines = File.ReadAllLines(Path.Combine(Folder, ".env")).Where(line => line.Length > 0).Chunk(2).ToArray();
        Assert.All(
            lines,
            pair => Assert.True(pair[0].StartsWith("# ", StringComparison.Ordinal) && pair[1].EndsWith('='), string.Join('\n', pair))
        );
        Assert.DoesNotContain(lines, pair => pair[0].StartsWith("# Parameter", StringComparison.Ordinal));
        Assert.Equal(
            Placeholder()
                .Matches(File.ReadAllText(Path.Combine(Folder, "docker-compose.yaml")))
                .Select(match => match.Groups[1].Value)
                .Distinct()
                .Order(StringComparer.Ordinal),
            lines.Select(pair => pair[1].TrimEnd('=')).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void The_overlay_gives_a_node_a_gpu()
    {
        var overlay = Assert.Single(Yaml.Read(Path.Combine(Folder, "docker-compose.gpu.yaml"))["services"]!.AsObject());
        Assert.Contains(overlay.Key, _model.Services);
        Assert.Equal(
            "nvidia",
            (string?)Assert.Single(overlay.Value!["deploy"]!["resources"]!["reservations"]!["devices"]!.AsArray())!["driver"]
        );
        Assert.Equal("cuda", (string?)overlay.Value["environment"]!["Inference__Provider"]);
    }

    private Dictionary<string, string> Mounts(string service) =>
        (_services[service]!["volumes"]?.AsArray() ?? []).ToDictionary(
            volume => (string)volume!["target"]!,
            volume => (string)volume!["source"]!
        );

    // A doubled dollar sign is an escaped dollar, not a placeholder.
    [GeneratedRegex(@"(?<!\$)\$\{([A-Z_]+)")]
    private static partial Regex Placeholder();
}
