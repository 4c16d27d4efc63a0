using System.Data.Common;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ImageToText.AppHost.Running;

namespace ImageToText.AppHost.Tests.Model;

public sealed class ModelTests
{
    [Fact]
    public async Task The_model_has_every_resource()
    {
        var builder = await CreateAsync("--Deployment:Stores=containers", "--Deployment:MaxReplicas=1");
        Assert.Equal(["gateway", "inference", "ledger", "postgres", "pricing", "redis"], Names(builder));
        Assert.Equal(
            ["model", "price-per-pixel"],
            builder
                .Resources.OfType<ParameterResource>()
                .Where(parameter => !parameter.Secret)
                .Select(parameter => parameter.Name)
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Embedded_stores_are_one_process_and_one_file()
    {
        var builder = await CreateAsync("--Deployment:Stores=embedded", "--Deployment:MaxReplicas=1", "--Deployment:DataFolder=/data/a b");
        Assert.Equal(["garnet", "gateway", "inference", "ledger", "pricing", "redis"], Names(builder));
        Assert.Empty(builder.Resources.OfType<ContainerResource>());
        Assert.Equal(
            Path.GetFullPath("/data/a b/embedded/pricing.db"),
            new DbConnectionStringBuilder { ConnectionString = await ConnectionStringAsync(builder, "ledger") }["Data Source"]
        );
        Assert.All(
            (string[])["inference", "gateway"],
            name =>
                Assert.Contains(
                    builder.Resources.Single(resource => resource.Name == name).Annotations.OfType<WaitAnnotation>(),
                    wait => wait.Resource.Name == "garnet"
                )
        );
    }

    [Fact]
    public void Without_a_container_engine_stores_are_embedded_and_with_one_they_are_containers()
    {
        foreach (var engine in (ContainerEngine?[])[null, new ContainerEngine("podman")])
        {
            var builder = Empty();
            builder.AddCaptioningNetwork(() => engine);
            Assert.Equal(engine is null, builder.Resources.Any(static resource => resource.Name == "garnet"));
            Assert.Equal(engine?.Command, builder.Configuration["ASPIRE_CONTAINER_RUNTIME"]);
        }
    }

    [Fact]
    public async Task Requested_containers_without_an_engine_stop_the_startup_with_one_sentence()
    {
        var builder = Empty(
            "--Deployment:Stores=containers",
            $"--Deployment:DataFolder={Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())}"
        );
        builder.AddCaptioningNetwork(() => null);
        await using var app = builder.Build();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => app.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains(
            "Deployment:Stores is containers, but no container engine answers",
            DeploymentException.In(failure)?.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Each_service_waits_for_what_it_needs()
    {
        var builder = await CreateAsync("--Deployment:Stores=containers");
        Assert.Equal(["ledger"], Waits("pricing"));
        Assert.Equal(["pricing", "redis"], Waits("inference"));
        Assert.Equal(["pricing", "redis"], Waits("gateway"));

        IEnumerable<string> Waits(string name) =>
            builder
                .Resources.Single(resource => resource.Name == name)
                .Annotations.OfType<WaitAnnotation>()
                .Select(wait => wait.Resource.Name)
                // A database implies its server.
                .Where(dependency => dependency != "postgres")
                .Distinct()
                .Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_requested_number_of_nodes_read_the_models_folder()
    {
        var builder = await CreateAsync("--Deployment:Replicas=3", "--Deployment:ModelsFolder=../shelf");
        var inference = builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == "inference");
        Assert.Equal(3, inference.GetReplicaCount());
        Assert.Equal(
            Path.GetFullPath("../shelf", builder.AppHostDirectory),
            (await VariablesAsync(builder, "inference"))["Inference__ModelsFolder"]
        );
    }

    [Fact]
    public async Task Local_callers_and_operators_need_no_key_and_every_gateway_has_its_own_folder()
    {
        var builder = await CreateAsync("--Deployment:Stores=embedded", "--Deployment:Gateways=2", "--Deployment:DataFolder=/data");
        foreach (string name in (string[])["gateway", "gateway-2"])
        {
            var variables = await VariablesAsync(builder, name);
            Assert.Equal("Loopback", variables["Gateway__Admission__Anonymous"]);
            Assert.Contains("Gateway__Admission__LoopbackOperatorToken", variables.Keys);
            Assert.Equal(Path.GetFullPath($"/data/embedded/{name}"), variables["Gateway__DataDirectory"]);
        }
    }

    [Fact]
    public async Task The_starter_is_served_unless_another_model_is_chosen()
    {
        var builder = await CreateAsync("--Deployment:Stores=embedded");
        Assert.DoesNotContain("Inference__Models__0__Id", (await VariablesAsync(builder, "inference")).Keys);
        Assert.DoesNotContain("model-download", Names(builder));
    }

    [Fact]
    public async Task A_chosen_folder_answers_requests_that_name_no_model()
    {
        var builder = await CreateAsync("--Deployment:Stores=embedded", "--Parameters:model=../models/starter/");
        foreach (string node in (string[])["inference", "inference-2"])
        {
            var variables = await VariablesAsync(builder, node);
            Assert.Equal("starter", variables["Inference__Models__0__Id"]);
            Assert.Equal(Path.GetFullPath("../models/starter/", builder.AppHostDirectory), variables["Inference__Models__0__Folder"]);
        }

        Assert.Equal("starter", (await VariablesAsync(builder, "pricing"))["Pricing__Registry__DefaultModelId"]);
    }

    [Fact]
    public async Task A_hub_model_is_downloaded_before_any_node_starts()
    {
        var builder = await CreateAsync("--Deployment:Stores=embedded", "--Parameters:model=Salesforce/blip-image-captioning-base");
        var variables = await VariablesAsync(builder, "inference");
        Assert.Equal("Salesforce/blip-image-captioning-base", variables["Inference__Models__0__Id"]);
        Assert.DoesNotContain("Inference__Models__0__Folder", variables.Keys);
        Assert.Contains(
            builder.Resources.Single(static resource => resource.Name == "inference").Annotations.OfType<WaitAnnotation>(),
            static wait => wait is { Resource.Name: "model-download", WaitType: WaitType.WaitForCompletion }
        );
    }

    [Fact]
    public async Task Additional_nodes_start_on_request_up_to_the_allowed_number()
    {
        var builder = await CreateAsync("--Deployment:Stores=embedded", "--Deployment:Replicas=2", "--Deployment:MaxReplicas=4");
        Assert.Equal(
            ["inference-2", "inference-3"],
            builder
                .Resources.Where(static resource =>
                    resource.Annotations.OfType<ExplicitStartupAnnotation>().Any() && resource is ProjectResource
                )
                .Select(static resource => resource.Name)
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task External_stores_are_connection_strings_and_nothing_waits_for_them()
    {
        var builder = await CreateAsync(
            "--Deployment:Stores=external",
            "--ConnectionStrings:redis=cache.example:6379",
            "--ConnectionStrings:ledger=Host=books.example"
        );
        Assert.Empty(builder.Resources.OfType<ContainerResource>());
        Assert.Equal("cache.example:6379", await ConnectionStringAsync(builder, "redis"));
        Assert.All(
            builder.Resources.OfType<ProjectResource>(),
            service =>
                Assert.DoesNotContain(service.Annotations.OfType<WaitAnnotation>(), wait => wait.Resource.Name is "redis" or "ledger")
        );
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("ledger")]
    public void External_stores_must_be_configured_whether_run_or_published(string missing)
    {
        string given = missing == "redis" ? "ledger" : "redis";
        string[] settings = ["--Deployment:Stores=external", $"--ConnectionStrings:{given}=x"];
        foreach (
            string[] operation in new string[][] { [], ["--operation", "publish", "--step", "publish", "--Deployment:Target=Kubernetes"] }
        )
        {
            Assert.Contains($"ConnectionStrings:{missing} is missing", Refused([.. settings, .. operation]), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_dashboard_has_its_commands_and_links()
    {
        var builder = await CreateAsync("--Deployment:Stores=embedded");
        Assert.Equal(["clear-cache", "make-key"], Commands("gateway"));
        Assert.Equal(["add-node", "load-model", "unload-model"], Commands("inference"));

        IEnumerable<string> Commands(string name) =>
            builder
                .Resources.Single(resource => resource.Name == name)
                .Annotations.OfType<ResourceCommandAnnotation>()
                .Select(static command => command.Name)
                .Where(static command => command is not ("start" or "stop" or "restart" or "rebuild"))
                .Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Only_gateways_are_reachable_from_outside()
    {
        var builder = await CreateAsync("--Deployment:Gateways=2");
        Assert.Equal(
            [("gateway", "http"), ("gateway-2", "http")],
            builder.Resources.SelectMany(resource =>
                resource
                    .Annotations.OfType<EndpointAnnotation>()
                    .Where(endpoint => endpoint.IsExternal)
                    .Select(endpoint => (resource.Name, endpoint.Name))
            )
        );
    }

    [Theory]
    [InlineData("--Deployment:Replicas=0", "Deployment:Replicas is '0': give 1 or more.")]
    [InlineData("--Deployment:Replicas=9", "Deployment:MaxReplicas is '8': give Deployment:Replicas, which is 9, or more.")]
    [InlineData("--Deployment:Target=Moon", "Deployment:Target is 'Moon': give one of compose, kubernetes, azure.")]
    [InlineData("--Deployment:Stores=Attic", "Deployment:Stores is 'Attic': give one of containers, embedded, external.")]
    [InlineData("--Deployment:Gateways=0", "Deployment:Gateways is '0': give 1 or more.")]
    [InlineData("--Deployment:Port=70000", "Deployment:Port is '70000': give 1 to 65535.")]
    public void An_invalid_setting_is_refused_with_its_key_value_and_allowed_values(string setting, string message) =>
        Assert.Equal(message, Refused(setting));

    [Fact]
    public void An_invalid_number_is_refused_by_name()
    {
        string refused = Refused("--Deployment:Replicas=many");
        Assert.Contains("Deployment:Replicas", refused, StringComparison.Ordinal);
        Assert.Contains("many", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Embedded_stores_are_not_published() =>
        Assert.Contains(
            "Deployment:Stores is embedded",
            Refused("--Deployment:Stores=embedded", "--operation", "publish"),
            StringComparison.Ordinal
        );

    private static Task<IDistributedApplicationTestingBuilder> CreateAsync(params string[] settings) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(settings, TestContext.Current.CancellationToken);

    /// <summary>An application without the network, for a test that adds its own.</summary>
    private static IDistributedApplicationBuilder Empty(params string[] settings) =>
        DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions
            {
                Args = settings,
                AssemblyName = typeof(CaptioningNetwork).Assembly.GetName().Name,
                DisableDashboard = true,
            }
        );

    private static string Refused(params string[] settings)
    {
        var builder = Empty(settings);
        return Assert.Throws<DeploymentException>(() => builder.AddCaptioningNetwork()).Message;
    }

    private static IEnumerable<string> Names(IDistributedApplicationBuilder builder) =>
        builder
            .Resources
            // Each project has a hidden helper that rebuilds it.
            .Where(static resource => resource is not ParameterResource && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal))
            .Select(static resource => resource.Name)
            .Order(StringComparer.Ordinal);

    private static ValueTask<string?> ConnectionStringAsync(IDistributedApplicationBuilder builder, string name) =>
        ((IResourceWithConnectionString)builder.Resources.Single(resource => resource.Name == name)).GetConnectionStringAsync(
            TestContext.Current.CancellationToken
        );

    private static async Task<Dictionary<string, object>> VariablesAsync(IDistributedApplicationBuilder builder, string name)
    {
        var resource = builder.Resources.Single(candidate => candidate.Name == name);
        var variables = new Dictionary<string, object>();
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, resource, variables, TestContext.Current.CancellationToken);
        foreach (var callback in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await callback.Callback(context);
        }

        return variables;
    }
}
