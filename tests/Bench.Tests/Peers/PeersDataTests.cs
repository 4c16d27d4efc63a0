using ImageToText.Bench.Peers;

namespace ImageToText.Bench.Tests.Peers;

/// <summary>A run replaces the figures of its own models and keeps the others.</summary>
public sealed class PeersDataTests
{
    [Fact]
    public void Models_that_are_not_measured_again_keep_their_figures_and_their_run_s_unit()
    {
        var earlier = Run(500, Model("a", 10), Model("b", 20));
        var later = Run(400, Model("c", 5), Model("b", 7));
        var merged = later.Over(earlier);
        Assert.Equal(
            [("a", 10d, 500d), ("b", 7, 400), ("c", 5, 400)],
            merged.Models.Select(static model => (model.Model, model.Int8.GreedyMs, model.T0Ms!.Value))
        );
        Assert.Equal(later.Models, later.Over(null).Models);
    }

    private static PeersData Run(double t0, params PeerModel[] models)
    {
        var run = new PeersData(1, t0, 20, 4, "", models);
        return run with { Models = [.. models.Select(run.Stamped)] };
    }

    private static PeerModel Model(string name, double milliseconds) =>
        new()
        {
            Model = name,
            ParametersMillions = 1,
            Int8 = new PeerTimes(milliseconds, milliseconds),
            Int8WeightsMiB = 1,
            Int8PeakMiB = 1,
        };
}
