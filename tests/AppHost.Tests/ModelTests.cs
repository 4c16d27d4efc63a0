using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace ImageToText.AppHost.Tests;

public sealed class ModelTests
{
    [Fact]
    public async Task The_model_has_every_resource()
    {
        var builder = await CreateAsync();
        Assert.Equal(
            ["gateway", "inference", "ledger", "postgres", "pricing", "redis"],
            builder.Resources
                // Each project has a hidden helper that builds it anew.
                .Where(resource => resource is not ParameterResource && !resource.Name.EndsWith("-rebuilder", StringComparison.Ordinal))
                .Select(resource => resource.Name)
                .Order(StringComparer.Ordinal));
        Assert.Equal(["price-per-pixel"], builder.Resources.OfType<ParameterResource>().Where(parameter => !parameter.Secret).Select(parameter => parameter.Name));
    }

    [Fact]
    public async Task Each_service_waits_for_what_it_needs()
    {
        var builder = await CreateAsync();
        Assert.Equal(["ledger"], Waits("pricing"));
        Assert.Equal(["pricing", "redis"], Waits("inference"));
        Assert.Equal(["pricing", "redis"], Waits("gateway"));

        IEnumerable<string> Waits(string name) => builder.Resources.Single(resource => resource.Name == name)
            .Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name)
            // A database stands for its server, too.
            .Where(dependency => dependency != "postgres").Distinct().Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Nodes_are_as_many_as_asked_for_and_read_the_models_folder()
    {
        var builder = await CreateAsync("--Deployment:Replicas=3", "--Deployment:ModelsFolder=../shelf");
        var inference = builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == "inference");
        Assert.Equal(3, inference.GetReplicaCount());

        var environment = new Dictionary<string, object>();
        var context = new EnvironmentCallbackContext(builder.ExecutionContext, inference, environment, TestContext.Current.CancellationToken);
        foreach (var callback in inference.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await callback.Callback(context);
        Assert.Equal(Path.GetFullPath("../shelf", builder.AppHostDirectory), environment["Inference__ModelsFolder"]);
    }

    [Fact]
    public async Task Stores_that_others_run_are_connection_strings_and_nothing_waits_for_them()
    {
        var builder = await CreateAsync(
            "--Deployment:ExternalStores=true", "--ConnectionStrings:redis=cache.example:6379", "--ConnectionStrings:ledger=Host=books.example");
        Assert.Empty(builder.Resources.OfType<ContainerResource>());
        Assert.Equal(
            "cache.example:6379",
            await ((IResourceWithConnectionString)builder.Resources.Single(resource => resource.Name == "redis")).GetConnectionStringAsync(TestContext.Current.CancellationToken));
        Assert.All(builder.Resources.OfType<ProjectResource>(), service =>
            Assert.DoesNotContain(service.Annotations.OfType<WaitAnnotation>(), wait => wait.Resource.Name is "redis" or "ledger"));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("ledger")]
    public async Task Stores_that_others_run_must_be_named_whether_run_or_published(string missing)
    {
        var given = missing == "redis" ? "ledger" : "redis";
        string[] settings = ["--Deployment:ExternalStores=true", $"--ConnectionStrings:{given}=x"];
        foreach (var operation in new string[][] { [], ["--operation", "publish", "--step", "publish", "--Deployment:Target=Kubernetes"] })
        {
            var refused = await Assert.ThrowsAnyAsync<Exception>(() => CreateAsync([.. settings, .. operation]));
            Assert.Contains($"ConnectionStrings:{missing} is missing", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("redis", "purge-cache")]
    [InlineData("inference", "pull-model")]
    public async Task The_dashboard_has_its_commands(string resource, string command)
    {
        var builder = await CreateAsync();
        Assert.Contains(
            builder.Resources.Single(candidate => candidate.Name == resource).Annotations.OfType<ResourceCommandAnnotation>(),
            annotation => annotation.Name == command);
    }

    [Fact]
    public async Task Only_the_gateway_is_reachable_from_outside()
    {
        var builder = await CreateAsync();
        Assert.Equal(
            ["gateway"],
            builder.Resources.Where(resource => resource.Annotations.OfType<EndpointAnnotation>().Any(endpoint => endpoint.IsExternal)).Select(resource => resource.Name));
    }

    [Theory]
    [InlineData("--Deployment:Replicas=0", "Deployment:Replicas")]
    [InlineData("--Deployment:MaxReplicas=0", "Deployment:MaxReplicas")]
    [InlineData("--Deployment:Target=Moon", "Deployment:Target")]
    public async Task A_setting_that_makes_no_sense_is_refused_by_name(string setting, string key)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => CreateAsync(setting));
        Assert.Contains(key, refused.ToString(), StringComparison.Ordinal);
    }

    private static Task<IDistributedApplicationTestingBuilder> CreateAsync(params string[] settings) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(settings, TestContext.Current.CancellationToken);
}
