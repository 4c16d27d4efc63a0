using ImageToText.AppHost.Tests.Deployed;
using k8s;
using k8s.Models;

namespace ImageToText.Publishing.Tests;

public sealed class KubernetesTests : IClassFixture<PublishedToKubernetes>
{
    private readonly HelmChart _chart;
    private readonly string[] _rendered;
    private readonly List<object> _objects;

    public KubernetesTests(PublishedToKubernetes published)
    {
        _chart = new HelmChart(published.Folder);
        _rendered = _chart.Render();
        // Strict: an unknown field is an error, as for the API server.
        _objects = [.. _rendered.SelectMany(text => KubernetesYaml.LoadAllFromString(text, strict: true))];
    }

    [Fact]
    public void Every_template_is_valid_for_the_api()
    {
        Assert.All(_objects, item => Assert.IsAssignableFrom<IKubernetesObject<V1ObjectMeta>>(item));
        Assert.All(_objects.OfType<IKubernetesObject<V1ObjectMeta>>(), item => Assert.False(string.IsNullOrEmpty(item.Metadata.Name)));
    }

    [Fact]
    public async Task Every_template_matches_the_published_schema_of_its_kind()
    {
        string[] checkedObjects = await KubernetesSchemas.CheckAsync(
            string.Join("\n---\n", _rendered),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(
            _objects
                .Cast<IKubernetesObject<V1ObjectMeta>>()
                .Select(item => $"{item.ApiVersion} {item.Kind} {item.Metadata.Name}")
                .Order(StringComparer.Ordinal),
            checkedObjects.Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("{ replicas: \"3\" }", "replicas must be integer")]
    [InlineData("{ replicas: 3 }", "must have required property selector")]
    public async Task A_schema_violation_is_reported(string spec, string fault)
    {
        var failed = await Assert.ThrowsAsync<InvalidDataException>(() =>
            KubernetesSchemas.CheckAsync(
                $"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{ name: a }}\nspec: {spec}\n",
                TestContext.Current.CancellationToken
            )
        );
        Assert.Contains(fault, failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_workload_exists_once_and_selects_its_own_pods()
    {
        var workloads = _objects
            .OfType<V1Deployment>()
            .Select(workload => (workload.Metadata.Name, workload.Spec.Selector, workload.Spec.Template))
            .Concat(
                _objects
                    .OfType<V1StatefulSet>()
                    .Select(workload => (workload.Metadata.Name, workload.Spec.Selector, workload.Spec.Template))
            )
            .ToArray();
        Assert.Equal(
            [
                "gateway-statefulset",
                "inference-statefulset",
                "kubernetes-dashboard-deployment",
                "postgres-statefulset",
                "pricing-deployment",
                "redis-statefulset",
            ],
            workloads.Select(workload => workload.Name).Order(StringComparer.Ordinal)
        );
        Assert.All(
            workloads,
            workload =>
                Assert.All(workload.Selector.MatchLabels, label => Assert.Equal(label.Value, workload.Template.Metadata.Labels[label.Key]))
        );
    }

    [Fact]
    public void Every_reference_of_a_container_resolves()
    {
        var configs = _objects.OfType<V1ConfigMap>().Select(config => config.Metadata.Name).ToHashSet();
        var secrets = _objects.OfType<V1Secret>().Select(secret => secret.Metadata.Name).ToHashSet();
        var claims = _objects.OfType<V1PersistentVolumeClaim>().Select(claim => claim.Metadata.Name).ToHashSet();
        foreach (var (pod, templates) in Pods())
        {
            var container = Assert.Single(pod.Containers);
            Assert.All(
                container.EnvFrom ?? [],
                from =>
                    Assert.True(
                        (from.ConfigMapRef is { } config && configs.Contains(config.Name))
                            || (from.SecretRef is { } secret && secrets.Contains(secret.Name))
                    )
            );
            Assert.All(
                pod.Volumes ?? [],
                volume => Assert.True(volume.EmptyDir is not null || claims.Contains(volume.PersistentVolumeClaim.ClaimName))
            );
            Assert.All(
                container.VolumeMounts ?? [],
                mount =>
                    Assert.Contains(
                        mount.Name,
                        (pod.Volumes ?? []).Select(volume => volume.Name).Concat(templates.Select(claim => claim.Metadata.Name))
                    )
            );
        }
    }

    [Theory]
    [InlineData("gateway", "/health")]
    [InlineData("pricing", "/health")]
    [InlineData("inference", "/ready")]
    public void Our_services_are_probed_end_gracefully_and_have_no_privileges(string service, string ready)
    {
        var pod = Pod(service);
        var container = pod.Containers.Single();
        Assert.Equal(("HTTP", ready), (container.ReadinessProbe.HttpGet.Scheme, container.ReadinessProbe.HttpGet.Path));
        Assert.Equal(("HTTP", "/alive"), (container.LivenessProbe.HttpGet.Scheme, container.LivenessProbe.HttpGet.Path));
        Assert.True(pod.TerminationGracePeriodSeconds > 45);
        Assert.True(container.SecurityContext.RunAsNonRoot);
        Assert.False(container.SecurityContext.AllowPrivilegeEscalation);
        Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
        Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
    }

    [Theory]
    [InlineData("pricing", "ConnectionStrings__pricing")]
    [InlineData("pricing", "Pricing__Access__ServiceToken")]
    [InlineData("pricing", "Pricing__Access__OperatorToken")]
    [InlineData("inference", "AUTH_TOKEN")]
    [InlineData("inference", "HF_TOKEN")]
    [InlineData("inference", "ConnectionStrings__redis")]
    [InlineData("inference", "Inference__Registration__PricingToken")]
    [InlineData("gateway", "ConnectionStrings__redis")]
    [InlineData("gateway", "Gateway__Pricing__Token")]
    public void Secrets_are_in_secrets_and_have_no_value(string service, string variable)
    {
        Assert.Contains(
            variable,
            _objects.OfType<V1Secret>().Single(secret => secret.Metadata.Name == $"{service}-secrets").StringData.Keys
        );
        Assert.DoesNotContain(
            variable,
            _objects.OfType<V1ConfigMap>().Single(config => config.Metadata.Name == $"{service}-config").Data.Keys
        );
        Assert.All(
            _chart.Values["secrets"]!.AsObject().SelectMany(component => component.Value!.AsObject()),
            secret => Assert.Equal("", (string?)secret.Value)
        );
    }

    [Theory]
    [InlineData("inference", "services__pricing__http__0", "http://pricing-service:8080")]
    [InlineData("inference", "Inference__ModelsFolder", "/app/data")]
    [InlineData("gateway", "services__pricing__http__0", "http://pricing-service:8080")]
    [InlineData("gateway", "Gateway__DataDirectory", "/app/data")]
    public void Every_variable_that_a_service_reads_is_set(string service, string variable, string value) =>
        Assert.Equal(value, _objects.OfType<V1ConfigMap>().Single(config => config.Metadata.Name == $"{service}-config").Data[variable]);

    [Fact]
    public void A_node_has_its_pods_name_and_address()
    {
        var variables = Pod("inference").Containers.Single().Env;
        Assert.Equal("metadata.name", Variable("Inference__Registration__NodeId").ValueFrom.FieldRef.FieldPath);
        Assert.Equal("status.podIP", Variable("POD_IP").ValueFrom.FieldRef.FieldPath);
        Assert.Equal("http://$(POD_IP):8080", Variable("Inference__Registration__Address").Value);
        // Kubernetes substitutes a variable only in those that come after it.
        Assert.True(variables.IndexOf(Variable("POD_IP")) < variables.IndexOf(Variable("Inference__Registration__Address")));

        V1EnvVar Variable(string name) => variables.Single(variable => variable.Name == name);
    }

    [Fact]
    public void Nodes_take_a_gpu_and_scale_with_the_depth_of_their_queue()
    {
        var pod = Pod("inference");
        Assert.Equal("1", pod.Containers.Single().Resources.Limits["nvidia.com/gpu"].ToString());
        Assert.Equal("true", pod.NodeSelector["nvidia.com/gpu.present"]);
        Assert.Equal("nvidia.com/gpu", Assert.Single(pod.Tolerations).Key);

        var scaler = Assert.Single(_objects.OfType<V2HorizontalPodAutoscaler>());
        Assert.Equal(("StatefulSet", "inference-statefulset"), (scaler.Spec.ScaleTargetRef.Kind, scaler.Spec.ScaleTargetRef.Name));
        Assert.Equal((2, 16), (scaler.Spec.MinReplicas, scaler.Spec.MaxReplicas));
        Assert.Equal("caption_queue_waiting", Assert.Single(scaler.Spec.Metrics).Pods.Metric.Name);
        // A number in the chart would remove the autoscaler's nodes at the next upgrade.
        Assert.Null(Set("inference").Spec.Replicas);
        Assert.Equal(2, Set("gateway").Spec.Replicas);
    }

    [Theory]
    [InlineData("gateway")]
    [InlineData("inference")]
    public void Only_one_pod_at_a_time_may_be_evicted(string service)
    {
        var budget = _objects.OfType<V1PodDisruptionBudget>().Single(budget => budget.Metadata.Name == $"{service}-disruptions");
        Assert.Equal("1", budget.Spec.MaxUnavailable.ToString());
        Assert.Equal(Set(service).Spec.Selector.MatchLabels, budget.Spec.Selector.MatchLabels);
    }

    [Fact]
    public void The_ingress_leads_to_the_gateway()
    {
        var rule = Assert.Single(Assert.Single(_objects.OfType<V1Ingress>()).Spec.Rules);
        Assert.Equal("captions.example", rule.Host);
        Assert.Equal("gateway-service", Assert.Single(rule.Http.Paths).Backend.Service.Name);
    }

    private V1StatefulSet Set(string service) =>
        _objects.OfType<V1StatefulSet>().Single(set => set.Metadata.Name == $"{service}-statefulset");

    private V1PodSpec Pod(string service) => Pods().Single(pod => pod.Pod.Containers.Single().Name == service).Pod;

    private IEnumerable<(V1PodSpec Pod, IEnumerable<V1PersistentVolumeClaim> Claims)> Pods() =>
        _objects
            .OfType<V1Deployment>()
            .Select(workload => (workload.Spec.Template.Spec, Enumerable.Empty<V1PersistentVolumeClaim>()))
            .Concat(
                _objects
                    .OfType<V1StatefulSet>()
                    .Select(workload => (workload.Spec.Template.Spec, (workload.Spec.VolumeClaimTemplates ?? []).AsEnumerable()))
            );
}
