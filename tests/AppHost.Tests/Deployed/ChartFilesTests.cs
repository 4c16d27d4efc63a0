using System.Text.Json.Nodes;
using ImageToText.AppHost.Tests.Published;

namespace ImageToText.AppHost.Tests.Deployed;

/// <summary>Checks the repository's Helm chart against the model, as <see cref="ComposeFilesTests"/> does for Compose.</summary>
public sealed class ChartFilesTests : IClassFixture<PublishedManifest>
{
    private const string Dashboard = "kubernetes-dashboard";

    private static readonly string Folder = Path.Combine(Repository.Root, "deploy/kubernetes/chart");

    private readonly DeployedModel _model;
    private readonly JsonNode[] _objects;
    private readonly JsonNode _values;

    public ChartFilesTests(PublishedManifest manifest)
    {
        _model = new(manifest.Resources, host: name => $"{name}-service", parameter: Parameter);
        var chart = new HelmChart(Folder);
        _values = chart.Values.DeepClone();
        // A parameter has no value here. Its name in place of the value shows where it is used.
        var parameters = manifest
            .Resources.Where(resource => (string?)resource.Value!["type"] == "parameter.v0")
            .Select(resource => resource.Key.Replace('-', '_'))
            .ToHashSet();
        foreach (var component in ((string[])["secrets", "config"]).SelectMany(section => chart.Values[section]!.AsObject()))
        {
            foreach (string? name in component.Value!.AsObject().Select(value => value.Key).Where(parameters.Contains).ToArray())
            {
                component.Value![name] = Parameter(name);
            }
        }

        _objects = [.. chart.Render().SelectMany(Yaml.Parse)];

        static string Parameter(string name) => $"<{name.Replace('-', '_')}>";
    }

    [Fact]
    public void Every_resource_is_a_workload_and_the_dashboard_is_added() =>
        Assert.Equal(
            _model.Containers.Append(Dashboard).Order(StringComparer.Ordinal),
            Of("Deployment")
                .Concat(Of("StatefulSet"))
                .Select(workload => (string)Container(workload)["name"]!)
                .Order(StringComparer.Ordinal)
        );

    [Fact]
    public void Every_container_has_the_models_and_the_targets_variables() =>
        Assert.All(
            _model.Containers,
            name =>
            {
                var expected = _model.Variables(name);
                if (_model.Services.Contains(name))
                {
                    expected["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{Dashboard}-service:18889";
                    expected["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
                    expected["OTEL_SERVICE_NAME"] = name;
                }
                if (name == "gateway")
                {
                    expected["Gateway__DataDirectory"] = "/app/data";
                }

                var given = Container(Workload(name))["envFrom"]!
                    .AsArray()
                    .SelectMany(from =>
                        from!["configMapRef"] is { } config
                            ? Of("ConfigMap", (string)config["name"]!)["data"]!.AsObject()
                            : Of("Secret", (string)from["secretRef"]!["name"]!)["stringData"]!.AsObject()
                    )
                    .ToDictionary(variable => variable.Key, variable => (string)variable.Value!);
                Assert.Equal(
                    expected.OrderBy(variable => variable.Key, StringComparer.Ordinal),
                    given.OrderBy(variable => variable.Key, StringComparer.Ordinal)
                );
            }
        );

    [Fact]
    public void Secret_values_are_in_a_secret_and_have_no_value()
    {
        Assert.All(
            _values["secrets"]!.AsObject().SelectMany(component => component.Value!.AsObject()),
            secret => Assert.Equal("", (string?)secret.Value)
        );
        Assert.All(
            Of("ConfigMap").SelectMany(config => config["data"]!.AsObject()),
            variable => Assert.DoesNotMatch("(?i)<[a-z_]*(token|password)>", (string)variable.Value!)
        );
    }

    [Fact]
    public void Stores_have_the_models_image_and_our_images_come_from_the_values_file() =>
        Assert.All(
            _model.Containers,
            name =>
            {
                string? image = (string?)Container(Workload(name))["image"];
                if (_model.Image(name) is { } expected)
                {
                    Assert.Equal(expected, image);
                    return;
                }

                Assert.Equal((string?)_values["parameters"]![name]![$"{name}_image"], image);
                Assert.Equal(
                    $"registry.example/imagetotext/{name}:{Product.Version}",
                    (string?)
                        Yaml.Read(Path.Combine(Repository.Root, "deploy/kubernetes/values.yaml"))["parameters"]![name]![$"{name}_image"]
                );
            }
        );

    [Fact]
    public void Every_port_of_the_model_is_on_the_container_and_all_but_management_on_its_service() =>
        Assert.All(
            _model.Containers,
            name =>
            {
                Assert.Equal(_model.Ports(name), Ports(Container(Workload(name))["ports"]!, "containerPort"));
                Assert.Equal(
                    _model.Ports(name).Where(port => port != _model.ManagementPort(name)),
                    Ports(Of("Service", $"{name}-service")["spec"]!["ports"]!, "port")
                );
                Assert.Equal("ClusterIP", (string?)Of("Service", $"{name}-service")["spec"]!["type"]);
            }
        );

    [Theory]
    [InlineData("gateway", "8081", "/health", "/app/data")]
    [InlineData("pricing", "8081", "/health", null)]
    [InlineData("inference", "8080", "/ready", "/app/data")]
    public void Our_services_are_probed_and_can_write_only_to_their_volume(string name, string port, string ready, string? volume)
    {
        var pod = Workload(name)["spec"]!["template"]!["spec"]!;
        var container = Container(Workload(name));
        Assert.Equal(("HTTP", port, ready), Probe("readinessProbe"));
        Assert.Equal(("HTTP", port, "/alive"), Probe("livenessProbe"));
        Assert.Equal(port, (string?)Workload(name)["spec"]!["template"]!["metadata"]!["annotations"]!["prometheus.io/port"]);
        Assert.Equal("60", (string?)pod["terminationGracePeriodSeconds"]);
        var security = container["securityContext"]!;
        Assert.Equal("true", (string?)security["runAsNonRoot"]);
        Assert.Equal("true", (string?)security["readOnlyRootFilesystem"]);
        Assert.Equal("false", (string?)security["allowPrivilegeEscalation"]);
        Assert.Equal(["ALL"], security["capabilities"]!["drop"].Strings());
        Assert.Equal("RuntimeDefault", (string?)security["seccompProfile"]!["type"]);
        Assert.Equal(
            volume is null ? ["/tmp"] : [volume, "/tmp"],
            container["volumeMounts"]!.AsArray().Select(mount => (string)mount!["mountPath"]!).Order(StringComparer.Ordinal)
        );

        (string?, string?, string?) Probe(string kind)
        {
            var get = container[kind]!["httpGet"]!;
            return ((string?)get["scheme"], (string?)get["port"], (string?)get["path"]);
        }
    }

    [Fact]
    public void The_chart_has_the_products_version()
    {
        var chart = Yaml.Read(Path.Combine(Folder, "Chart.yaml"));
        Assert.Equal((Product.Version, Product.Version), ((string?)chart["version"], (string?)chart["appVersion"]));
    }

    private JsonNode Workload(string name) =>
        Of("Deployment").Concat(Of("StatefulSet")).Single(workload => (string?)Container(workload)["name"] == name);

    private static JsonNode Container(JsonNode workload) =>
        Assert.Single(workload["spec"]!["template"]!["spec"]!["containers"]!.AsArray())!;

    private IEnumerable<JsonNode> Of(string kind) => _objects.Where(item => (string?)item["kind"] == kind);

    private JsonNode Of(string kind, string name) => Of(kind).Single(item => (string?)item["metadata"]!["name"] == name);

    private static IEnumerable<string> Ports(JsonNode ports, string number) =>
        ports.AsArray().Select(port => (string)port![number]!).Order(StringComparer.Ordinal);
}
