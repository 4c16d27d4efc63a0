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
);

/// <summary>One kind of work, by contender; null: not measured.</summary>
internal sealed record PeerWork
{
    public required string Name { get; init; }

    public PeerFigure? TransformersF32 { get; init; }

    public PeerFigure? TransformersBf16 { get; init; }

    public PeerFigure? F32 { get; init; }

    public PeerFigure? Int8 { get; init; }
}

/// <summary>A figure as it was noted.</summary>
/// <param name="Least">The least of those noted.</param>
/// <param name="Most">The greatest; null: one was noted.</param>
/// <param name="Median">The median; null: it was not noted.</param>
internal sealed record PeerFigure(double Least, double? Most = null, double? Median = null);
