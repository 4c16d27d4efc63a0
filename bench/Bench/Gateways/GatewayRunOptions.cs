using System.CommandLine;
using ImageToText.Bench.Results;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Bench.Gateways;

/// <summary>Options of the commands that measure a gateway in front of nodes that answer at once, and their cluster.</summary>
internal sealed class GatewayRunOptions
{
    private readonly Option<int> _bytes = new("--bytes")
    {
        Description = "Size of the picture, in bytes",
        DefaultValueFactory = static _ => 100_000,
    };
    private readonly Option<string> _durability = new("--durability")
    {
        Description = "Disk or OperatingSystem",
        DefaultValueFactory = static _ => "Disk",
    };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_bytes);
        command.Options.Add(_durability);
    }

    /// <summary>The picture.</summary>
    public byte[] Picture(ParseResult parsed) => Pictures.Png(512, 512, padding: parsed.GetValue(_bytes) - Pictures.Png(512, 512).Length);

    /// <summary>How records reach the disk.</summary>
    public string Durability(ParseResult parsed) => parsed.GetRequiredValue(_durability);

    /// <summary>Builds a cluster: one node that answers at once, gateways with key, budget and journal.</summary>
    public async Task<TestCluster> BuildAsync(ParseResult parsed, int gateways = 1, params string[] settings)
    {
        List<string> all = [$"Gateway:Journal:Durability={Durability(parsed)}", "ServiceDefaults:Telemetry=true", .. settings];
        if (parsed.GetValue(CommonOptions.Short))
        {
            // If other tests run at the same time, Redis may be slow. The point is to see the cache work, not to see the gateway
            // do without it.
            all.Add("Gateway:Cache:Patience=00:00:20");
        }

        var cluster = await TestCluster.BuildAsync(1, gateways, [.. all]);
        cluster.Nodes[0].Behaviour.ReadsForms = false;
        return cluster;
    }

    /// <summary>How long to wait for the compiler before anything is measured.</summary>
    public static TimeSpan LongestWarmUp(ParseResult parsed) =>
        parsed.GetValue(CommonOptions.Short) ? TimeSpan.Zero : TimeSpan.FromMinutes(2);

    /// <summary>The count, or just a few if the run only checks that it works.</summary>
    public static int Count(ParseResult parsed, Option<int> option, int few) =>
        parsed.GetValue(CommonOptions.Short) ? few : parsed.GetValue(option);
}
