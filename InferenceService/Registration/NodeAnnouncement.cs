using System.Runtime.InteropServices;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Registry;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Authentication;
using ImageToText.InferenceService.Hardware;
using ImageToText.InferenceService.Models;
using Microsoft.Extensions.Options;

namespace ImageToText.InferenceService.Registration;

/// <summary>What a node tells the pricing service about itself.</summary>
internal sealed class NodeAnnouncement(
    ModelView models,
    NvidiaManagement nvidia,
    IOptions<ModelStoreOptions> modelOptions,
    IOptions<NodeAdmissionOptions> admission,
    IOptions<RegistrationOptions> options,
    BearerToken token
)
{
    // Changes each time the process starts.
    private readonly string _instance = Guid.NewGuid().ToString("N");

    /// <summary>The token that gateways must send; null: none.</summary>
    public string? Token => token.Current;

    /// <inheritdoc cref="BearerToken.Changed"/>
    public Task TokenChanged => token.Changed;

    /// <summary>Everything, for the first call.</summary>
    public NodeRegistration Registration(Uri address) =>
        new(address, NodeKind.Native, HardwareEndpoints.Version, Hardware(), Models(), Token, _instance);

    /// <summary>The call that renews the lease.</summary>
    /// <param name="announced">The models as last announced; left out if nothing has changed.</param>
    /// <param name="current">The models now.</param>
    /// <param name="draining">Whether the node is shutting down.</param>
    public NodeHeartbeat Heartbeat(IReadOnlyList<NodeModel> announced, IReadOnlyList<NodeModel> current, bool draining)
    {
        var loaded = models.Loaded();
        return new NodeHeartbeat(
            Text(announced) == Text(current) ? null : current,
            draining,
            loaded.Sum(model => model.Load.Waiting),
            loaded.Sum(model => model.Load.Running),
            FreeMemory()
        );
    }

    /// <summary>The models that can be used.</summary>
    public IReadOnlyList<NodeModel> Models()
    {
        int most = modelOptions.Value.MaxBatchImages + modelOptions.Value.QueueCapacity;
        int capacity = options.Value.Capacity ?? Math.Min(most, admission.Value.MaxRequests);
        return
        [
            .. from model in models.Describe().Models
            where model.State != ServedModelState.Error
            select new NodeModel(
                model.Id,
                model.Revision,
                model.State switch
                {
                    ServedModelState.Loaded => ModelState.Warm,
                    ServedModelState.Loading => ModelState.Loading,
                    _ => ModelState.OnDemand,
                },
                capacity,
                options.Value.Price,
                model.Precision,
                PromptUse: model.PromptUse,
                Tiles: model.Tiles,
                Languages: model.Languages
            ),
        ];
    }

    /// <summary>What the models run on.</summary>
    public NodeHardware Hardware()
    {
        var gpu = models.Loaded().Any(loaded => loaded.Model.Provider.StartsWith("CUDA", StringComparison.OrdinalIgnoreCase))
            ? nvidia.Devices()
            : [];
        return gpu is [var device, ..]
            ? new NodeHardware("cuda", device.Name, device.MemoryTotal, device.MemoryFree, Environment.ProcessorCount)
            : new NodeHardware(
                "cpu",
                RuntimeInformation.ProcessArchitecture.ToString(),
                models.MemoryBudget,
                FreeMemory(),
                Environment.ProcessorCount
            );
    }

    // Records with lists in them are equal only if the lists are the same object.
    private static string Text(IReadOnlyList<NodeModel> models) =>
        JsonSerializer.Serialize(models, ContractsJson.Default.IReadOnlyListNodeModel);

    private long FreeMemory() => Math.Max(0, models.MemoryBudget - models.MemoryUsed);
}
