namespace ImageToText.Bench.Peers;

/// <summary>The figures of 'peers'. Times are minima.</summary>
/// <param name="ProductGflops">The machine's rate for a lone float32 product, in the same run.</param>
/// <param name="T0Ms">BLIP-base's encoder (111 GFLOP) at that rate.</param>
/// <param name="Tokens">Tokens of each caption.</param>
/// <param name="Beams">Beams, compared with greedy search.</param>
/// <param name="Peer">What transformers ran on, or why it did not run.</param>
/// <param name="Models">By model folder.</param>
internal sealed record PeersData(double ProductGflops, double T0Ms, int Tokens, int Beams, string Peer, IReadOnlyList<PeerModel> Models)
{
    /// <summary>These figures, and the earlier ones of models that were not measured again. Each keeps its run's T0.</summary>
    public PeersData Over(PeersData? earlier)
    {
        if (earlier is null || earlier.Tokens != Tokens || earlier.Beams != Beams)
        {
            return this;
        }

        var kept = earlier
            .Models.Select(model => Models.FirstOrDefault(own => own.Model == model.Model) ?? earlier.Stamped(model))
            .ToList();
        return this with { Models = [.. kept, .. Models.Where(own => kept.TrueForAll(model => model.Model != own.Model))] };
    }

    /// <summary>A model's figures with this run's T0, unless they have their own.</summary>
    public PeerModel Stamped(PeerModel model) => model with { T0Ms = model.T0Ms ?? T0Ms };
}

/// <summary>One model folder.</summary>
internal sealed record PeerModel
{
    public required string Model { get; init; }

    public required double ParametersMillions { get; init; }

    /// <summary>T0 in the run that measured it; null: that of the file.</summary>
    public double? T0Ms { get; init; }

    /// <summary>The product's captions; null: the weights are too large for this machine.</summary>
    public PeerTimes? F32 { get; init; }

    public required PeerTimes Int8 { get; init; }

    /// <summary>Milliseconds from the encoded picture to the first streamed token, greedy, in eight bits; null: not measured.</summary>
    public double? FirstTokenMs { get; init; }

    /// <summary>Tokens per second of one caller whose picture is known, in eight bits; null: not measured.</summary>
    public double? TokensPerSecond { get; init; }

    /// <summary>The same of <see cref="PeersBenchmark.Callers"/> callers together.</summary>
    public double? TokensPerSecondTogether { get; init; }

    /// <summary>transformers' captions; null: it did not run.</summary>
    public PeerTimes? TransformersF32 { get; init; }

    public PeerTimes? TransformersBf16 { get; init; }

    /// <summary>How much the eight-bit weights take, in MiB (2^20 bytes).</summary>
    public required double Int8WeightsMiB { get; init; }

    /// <summary>How far resident memory rises when the model is loaded in eight bits and captions, in MiB (2^20 bytes).</summary>
    public required double Int8PeakMiB { get; init; }

    /// <summary>The most that it should take.</summary>
    public double Int8GoalMiB => (1.3 * Int8WeightsMiB) + (150e6 / (1 << 20));
}

/// <summary>Milliseconds of a caption, from the encoded picture.</summary>
internal sealed record PeerTimes(double GreedyMs, double BeamsMs);
