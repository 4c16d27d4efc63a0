namespace ImageToText.Bench.Peers;

/// <summary>One run beside transformers that no command of this repository repeats: its figures are kept as they were noted.</summary>
/// <param name="Machine">What it ran on.</param>
/// <param name="Commit">The source of this repository that was measured.</param>
/// <param name="Peer">What transformers was.</param>
/// <param name="T0Ms">T0 in that run.</param>
/// <param name="Tokens">Tokens of each caption.</param>
/// <param name="Works">What was timed, in milliseconds.</param>
/// <param name="PeakGib">The most memory that a process took, in GiB.</param>
internal sealed record PeerRun(
    string Machine,
    string Commit,
    string Peer,
    double T0Ms,
    int Tokens,
    IReadOnlyList<PeerWork> Works,
    PeerWork PeakGib
)
{
    /// <summary>What was noted wrongly; null: nothing is known to be.</summary>
    public string? Contradiction =>
        Works.Append(PeakGib).FirstOrDefault(static work => work.Figures.Any(static figure => !figure.IsPossible)) is { } work
            ? $"a median or greatest figure of '{work.Name}' lies outside its range"
            : null;
}

/// <summary>One kind of work, by contender; null: not measured.</summary>
internal sealed record PeerWork
{
    public required string Name { get; init; }

    public PeerFigure? TransformersF32 { get; init; }

    public PeerFigure? TransformersBf16 { get; init; }

    public PeerFigure? F32 { get; init; }

    public PeerFigure? Int8 { get; init; }

    public IEnumerable<PeerFigure> Figures => new[] { TransformersF32, TransformersBf16, F32, Int8 }.OfType<PeerFigure>();
}

/// <summary>A figure as it was noted.</summary>
/// <param name="Least">The least of those noted.</param>
/// <param name="Most">The greatest; null: one was noted.</param>
/// <param name="Median">The median; null: it was not noted.</param>
internal sealed record PeerFigure(double Least, double? Most = null, double? Median = null)
{
    /// <summary>Whether the figures can be those of one row of measurements.</summary>
    public bool IsPossible => Least <= (Median ?? Least) && (Median ?? Least) <= (Most ?? Median ?? Least);
}
