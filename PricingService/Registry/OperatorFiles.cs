using ImageToText.Contracts.Prices;
using ImageToText.Contracts.Registry;
using ImageToText.PricingService.Prices;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Registry;

/// <summary>
/// The operator's files and configured nodes as they are now. They are read at startup, where an error stops the start, and again
/// whenever a file changes, where an error is logged and the last good version stays in force.
/// </summary>
internal sealed partial class OperatorFiles(
    NodeRegistry nodes,
    IOptions<NodeRegistryOptions> registry,
    IOptions<PriceCapOptions> caps,
    ILogger<OperatorFiles> logger
)
{
    private const string FromConfiguration = "configuration";

    private readonly Dictionary<string, DateTime> _readOf = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, Price> _modelPrices = new Dictionary<string, Price>();
    private IReadOnlyDictionary<string, IReadOnlyList<(string? ModelId, Price Price)>> _caps =
        new Dictionary<string, IReadOnlyList<(string? ModelId, Price Price)>>();

    /// <summary>Prices of models from <c>aiModels.json</c>, wherever they run.</summary>
    public IReadOnlyDictionary<string, Price> ModelPrices => Volatile.Read(ref _modelPrices);

    /// <summary>A gateway's caps.</summary>
    public IReadOnlyList<(string? ModelId, Price Price)> CapsOf(string gatewayId)
    {
        var all = Volatile.Read(ref _caps);
        return all.GetValueOrDefault(gatewayId) ?? all.GetValueOrDefault(PriceCapOptions.EveryGateway) ?? [];
    }

    /// <summary>Reads everything.</summary>
    /// <exception cref="OperatorFileException">A file is wrong; the message names file, entry and field.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await nodes.SetStaticAsync(FromConfiguration, Configured(registry.Value), cancellationToken);
        await ReadModelsAsync(cancellationToken);
        ReadCaps();
    }

    /// <summary>Reads files again that have changed.</summary>
    /// <param name="announce">
    /// Called when prices or caps differ now; nodes report their own changes. If it fails, the next call reads the files again.
    /// </param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task RefreshAsync(Func<CancellationToken, Task> announce, CancellationToken cancellationToken)
    {
        var files = caps.Value.Files.Values.Append(registry.Value.AiModelsFile).OfType<string>().Where(file => file.Length > 0).ToList();
        if (!files.Exists(HasChanged))
        {
            return;
        }

        try
        {
            await ReadModelsAsync(cancellationToken);
            ReadCaps();
            await announce(cancellationToken);
            Log.ReadAgain(logger);
        }
        catch (Exception fault) when (fault is OperatorFileException or IOException or UnauthorizedAccessException)
        {
            Log.Refused(logger, fault.Message);
            files.ForEach(Remember);
        }
        catch
        {
            // The store did not take them.
            _readOf.Clear();
            throw;
        }
    }

    private static List<StaticNode> Configured(NodeRegistryOptions options) =>
        [
            .. options.Nodes.Select(node => new StaticNode(
                node.Key,
                new(node.Value.Address),
                node.Value.Kind,
                node.Value.Token is { Length: > 0 } token ? token : null,
                [
                    .. node.Value.Models.Select(model => new NodeModel(
                        model.ModelId,
                        null,
                        model.Warm ? ModelState.Warm : ModelState.OnDemand,
                        model.Capacity,
                        model.PricePerUnit is { } price ? new(price, model.PixelsPerUnit, model.Currency) : null
                    )),
                ]
            )),
        ];

    private async Task ReadModelsAsync(CancellationToken cancellationToken)
    {
        if (registry.Value.AiModelsFile is not { Length: > 0 } file)
        {
            // Runners from a file that is no longer configured.
            await nodes.SetStaticAsync(AiModelsFile.Source, [], cancellationToken);
            return;
        }

        Remember(file);
        var content = AiModelsFile.Read(file);
        content.Warnings.ForEach(warning => Log.LeftAside(logger, warning));
        await nodes.SetStaticAsync(
            AiModelsFile.Source,
            [
                .. content.Nodes.Select(runner => new StaticNode(
                    AiModelsFile.NodeId(runner.Address),
                    runner.Address,
                    NodeKind.Runner,
                    runner.Token,
                    runner.Models
                )),
            ],
            cancellationToken
        );
        Volatile.Write(ref _modelPrices, content.Prices);
    }

    private void ReadCaps()
    {
        Dictionary<string, IReadOnlyList<(string? ModelId, Price Price)>> read = new(StringComparer.Ordinal);
        foreach (var (gatewayId, file) in caps.Value.Files)
        {
            Remember(file);
            var (entries, warnings) = MaxPriceFile.Read(file);
            foreach (string warning in warnings)
            {
                Log.LeftAside(logger, warning);
            }

            read[gatewayId] = entries;
        }

        Volatile.Write(ref _caps, read);
    }

    private bool HasChanged(string file) => File.GetLastWriteTimeUtc(file) != _readOf.GetValueOrDefault(file);

    private void Remember(string file) => _readOf[file] = File.GetLastWriteTimeUtc(file);

    private static partial class Log
    {
        [LoggerMessage(40, LogLevel.Warning, "{Warning}")]
        public static partial void LeftAside(ILogger logger, string warning);

        [LoggerMessage(41, LogLevel.Error, "{Fault} What was read before stays in force.")]
        public static partial void Refused(ILogger logger, string fault);

        [LoggerMessage(42, LogLevel.Information, "The operator's files have changed and were read again.")]
        public static partial void ReadAgain(ILogger logger);
    }
}
