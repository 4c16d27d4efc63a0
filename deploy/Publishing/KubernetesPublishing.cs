using System.Globalization;
using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using ImageToText.AppHost;

namespace ImageToText.Publishing;

/// <summary>Kubernetes, as a Helm chart. What differs per cluster is in deploy/kubernetes/values.yaml.</summary>
internal static class KubernetesPublishing
{
    /// <summary>How many requests may wait in a node's queue, on average, before another node is added.</summary>
    private const string QueueTarget = "8";

    public static void PublishToKubernetes(this IDistributedApplicationBuilder builder, Services services)
    {
        var deployment = services.Deployment;
        var cluster = builder
            .AddKubernetesEnvironment("kubernetes")
            .WithHelm(chart => chart.WithChartName("imagetotext").WithChartVersion(Images.Version).WithReleaseName("imagetotext"))
            .WithDashboard(dashboard => dashboard.WithImage(Images.Dashboard, Images.DashboardTag));

        if (services.Stores is { RedisContainer: { } redis, PostgresContainer: { } postgres })
        {
            foreach (var database in (IResourceBuilder<IComputeResource>[])[redis, postgres])
            {
                database.PublishAsKubernetesService(resource =>
                    ((StatefulSet)resource.Workload!).Spec.ServiceName = resource.Service!.Metadata.Name
                );
            }

            redis.WithPersistentVolume(cluster.AddPersistentVolume("imagetotext-redis").WithCapacity("8Gi"));
            postgres.WithPersistentVolume(cluster.AddPersistentVolume("imagetotext-postgres").WithCapacity("32Gi"));
        }

        // Each gateway has its own journal. A stateful set gives each one a claim, and a restarted gateway finds it again.
        services
            .Gateway.WithEnvironment("Gateway__DataDirectory", Resources.JournalPath)
            .PublishAsKubernetesService(resource =>
            {
                var set = OwnVolumeEach(resource, "journal", Resources.JournalPath, "4Gi");
                set.Spec.Replicas = deployment.Gateways;
                // A gateway is known by its pod's name, which stays the same after a restart.
                Container(resource).Env.Add(FromField("Gateway__Id", "metadata.name"));
            });
        // Each node has its own copy of its models, so no shared writable file system is needed.
        services.Inference.PublishAsKubernetesService(resource =>
        {
            var set = OwnVolumeEach(resource, "models", Resources.ModelsPath, "32Gi");
            // The autoscaler decides how many. A number here would be set again by each upgrade, under load.
            set.Spec.Replicas = null;
            set.Spec.PodManagementPolicy = "Parallel";
            // A node is known by its pod's name, which stays the same after a restart, and is reached at its pod's own address.
            Container(resource).Env.Add(FromField("Inference__Registration__NodeId", "metadata.name"));
            Container(resource).Env.Add(FromField("POD_IP", "status.podIP"));
            Container(resource).Env.Add(new EnvVarV1 { Name = "Inference__Registration__Address", Value = "http://$(POD_IP):8080" });
            if (deployment.Gpu)
            {
                TakeGpu(resource);
            }

            resource.AdditionalResources.Add(ScaleOnQueueDepth(resource, deployment));
        });

        foreach (var own in services.Own)
        {
            own.PublishAsKubernetesService(Harden);
        }

        if (deployment.Host is { Length: > 0 } host)
        {
            cluster
                .AddIngress("public")
                .WithPath(host, "/", services.Gateway.GetEndpoint("http"))
                // An nginx ingress passes uploads of 50 MiB and streamed captions only with these.
                .WithIngressAnnotation("nginx.ingress.kubernetes.io/proxy-body-size", "200m")
                .WithIngressAnnotation("nginx.ingress.kubernetes.io/proxy-buffering", "off")
                // A batch answers when its last picture is captioned, and loading a model may take five minutes. nginx does not
                // wait that long by default.
                .WithIngressAnnotation("nginx.ingress.kubernetes.io/proxy-read-timeout", "330")
                .WithIngressAnnotation("nginx.ingress.kubernetes.io/proxy-send-timeout", "330");
        }
    }

    private static ContainerV1 Container(KubernetesResource resource) => resource.Workload!.PodTemplate.Spec.Containers[0];

    private static void Harden(KubernetesResource resource)
    {
        var pod = resource.Workload!.PodTemplate;
        // Longer than the drain plus the time that captions under way may take.
        pod.Spec.TerminationGracePeriodSeconds = 60;
        pod.Spec.AutomountServiceAccountToken = false;
        pod.Metadata.Annotations["prometheus.io/scrape"] = "true";
        pod.Metadata.Annotations["prometheus.io/path"] = "/metrics";
        var container = Container(resource);
        // Each pod is asked directly; through a service, any pod might answer.
        int metrics =
            resource.Service!.Spec.Ports.RemoveAll(static port => port.Name == Resources.ManagementEndpoint) > 0
                ? Resources.ManagementPort
                : Resources.ContainerPort;
        pod.Metadata.Annotations["prometheus.io/port"] = metrics.ToString(CultureInfo.InvariantCulture);
        container.SecurityContext = new SecurityContextV1
        {
            RunAsNonRoot = true,
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = true,
            Capabilities = new CapabilitiesV1(),
            SeccompProfile = new SeccompProfileV1 { Type = "RuntimeDefault" },
        };
        container.SecurityContext.Capabilities.Drop.Add("ALL");
        // Only a service's volume is writable, plus what .NET's diagnostics need.
        pod.Spec.Volumes.Add(
            new VolumeV1
            {
                Name = "tmp",
                EmptyDir = new EmptyDirVolumeSourceV1 { Medium = "Memory", SizeLimit = "64Mi" },
            }
        );
        container.VolumeMounts.Add(new VolumeMountV1 { Name = "tmp", MountPath = "/tmp" });
        // Aspire writes the scheme in lower case, which the API server refuses.
        foreach (var probe in (ProbeV1?[])[container.ReadinessProbe, container.LivenessProbe, container.StartupProbe])
        {
            if (probe?.HttpGet is { } get)
            {
                get.Scheme = get.Scheme?.ToUpperInvariant() ?? "HTTP";
            }
        }

        if (resource.Workload is Aspire.Hosting.Kubernetes.Resources.Deployment { Spec.Strategy: var strategy })
        {
            strategy.Type = "RollingUpdate";
            strategy.RollingUpdate = new RollingUpdateDeploymentV1 { MaxSurge = 1, MaxUnavailable = 0 };
        }
    }

    private static StatefulSet OwnVolumeEach(KubernetesResource resource, string volume, string path, string size)
    {
        var deployment = (Aspire.Hosting.Kubernetes.Resources.Deployment)resource.Workload!;
        var set = new StatefulSet { Metadata = deployment.Metadata };
        set.Metadata.Name = $"{resource.Name}-statefulset";
        set.Spec.ServiceName = resource.Service!.Metadata.Name;
        set.Spec.Template = deployment.Spec.Template;
        set.Spec.Selector = deployment.Spec.Selector;
        resource.AdditionalResources.Add(new DisruptionBudget($"{resource.Name}-disruptions", deployment.Spec.Selector));
        var claim = new PersistentVolumeClaim();
        claim.Metadata.Name = volume;
        claim.Spec.AccessModes.Add("ReadWriteOnce");
        claim.Spec.Resources.Requests["storage"] = size;
        set.Spec.VolumeClaimTemplates.Add(claim);
        set.Spec.Template.Spec.Containers[0].VolumeMounts.Add(new VolumeMountV1 { Name = volume, MountPath = path });
        // The images run as user and group 1654, but a new volume belongs to root.
        set.Spec.Template.Spec.SecurityContext = new PodSecurityContextV1 { FsGroup = 1654, FsGroupChangePolicy = "OnRootMismatch" };
        resource.Workload = set;
        return set;
    }

    private static void TakeGpu(KubernetesResource resource)
    {
        var pod = resource.Workload!.PodTemplate.Spec;
        pod.RuntimeClassName = "nvidia";
        pod.NodeSelector["nvidia.com/gpu.present"] = "true";
        pod.Tolerations.Add(
            new TolerationV1
            {
                Key = "nvidia.com/gpu",
                Operator = "Exists",
                Effect = "NoSchedule",
            }
        );
        var container = Container(resource);
        container.Resources ??= new ResourceRequirementsV1();
        container.Resources.Limits["nvidia.com/gpu"] = "1";
        container.Env.Add(new EnvVarV1 { Name = "Inference__Provider", Value = "cuda" });
    }

    /// <summary>
    /// Adds a node when requests wait. The metric comes from the nodes; the Prometheus adapter serves it as a pods metric
    /// (deploy/kubernetes/prometheus-adapter.yaml).
    /// </summary>
    private static HorizontalPodAutoscalerV2 ScaleOnQueueDepth(KubernetesResource resource, AppHost.Deployment deployment)
    {
        var scaler = new HorizontalPodAutoscalerV2();
        // The end of the name becomes the file's name. It must differ from the workload's, or one overwrites the other.
        scaler.Metadata.Name = $"{resource.Name}-autoscaler";
        scaler.Spec.ScaleTargetRef = new CrossVersionObjectReferenceV2
        {
            ApiVersion = "apps/v1",
            Kind = "StatefulSet",
            Name = resource.Workload!.Metadata.Name,
            Metadata = null!,
        };
        scaler.Spec.MinReplicas = deployment.Replicas;
        scaler.Spec.MaxReplicas = deployment.MaxReplicas;
        scaler.Spec.Metrics.Add(
            new MetricSpecV2
            {
                Type = "Pods",
                // Sources that do not apply must not be written at all.
                ContainerResource = null!,
                Resource = null!,
                External = null!,
                Object = null!,
                Pods = new PodsMetricSourceV2
                {
                    Metric = new MetricIdentifierV2 { Name = "caption_queue_waiting", Selector = null! },
                    Target = new MetricTargetV2 { Type = "AverageValue", AverageValue = QueueTarget },
                },
            }
        );
        scaler.Spec.Behavior.ScaleUp = null!;
        // Loading a model takes longer than a short burst in the queue lasts.
        scaler.Spec.Behavior.ScaleDown.StabilizationWindowSeconds = 300;
        return scaler;
    }

    private static EnvVarV1 FromField(string name, string field) =>
        new()
        {
            Name = name,
            ValueFrom = new EnvVarSourceV1 { FieldRef = new ObjectFieldSelectorV1 { FieldPath = field } },
        };
}
