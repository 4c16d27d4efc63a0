using ImageToText.Bench.Peers;
using ImageToText.Bench.Tables;
using static ImageToText.Bench.Tables.Markdown;

namespace ImageToText.Bench.Report;

/// <summary>The section of docs/performance.md about an earlier run beside transformers.</summary>
internal static class PeerRunSection
{
    /// <summary>The name of its plot.</summary>
    public const string Plot = "transformers.svg";

    /// <summary>Writes it.</summary>
    public static void Write(Markdown page, PeerRun? run)
    {
        if (run is null)
        {
            return;
        }

        page.Heading(2, "An earlier run beside transformers");
        page.Paragraph(
            $"These figures come from another run, on another day and an earlier state of this repository ({run.Commit}), on a machine "
                + $"that had transformers: {run.Machine}. They were noted by hand and are kept in `bench/results/peer-run.json`; no "
                + $"command writes them. So compare them with each other, and with other figures on this page in T0 only, which was "
                + Text($"{run.T0Ms:F0} ms there. ")
                + $"{run.Peer}, random weights in the shapes of the public checkpoints, {run.Tokens} tokens. Milliseconds; the plot and "
                + "the ratios take the least of each range. *Eight at once* is a batch of 8 there and 16 callers here."
        );
        page.Table(
            ["", "transformers f32", "bf16", "this engine f32", "int8", "bf16 in T0", "int8 in T0", "int8 over bf16"],
            run.Works.Select(work =>
                (IReadOnlyList<string>)
                    [
                        work.Name,
                        Shown(work.TransformersF32),
                        Shown(work.TransformersBf16),
                        Shown(work.F32),
                        Shown(work.Int8),
                        Ratio(work.TransformersBf16?.Least, run.T0Ms),
                        Ratio(work.Int8?.Least, run.T0Ms),
                        Ratio(work.Int8?.Least, work.TransformersBf16?.Least),
                    ]
            )
        );
        page.Image("Times in T0: transformers and this engine", $"images/{Plot}");
        var peak = run.PeakGib;
        page.Paragraph(
            "The most memory that the process took, in GiB: transformers "
                + $"{Shown(peak.TransformersF32)} in f32 and {Shown(peak.TransformersBf16)} in bf16, "
                + $"this engine {Shown(peak.F32)} in f32 and {Shown(peak.Int8)} in int8."
        );
    }

    private static string Ratio(double? time, double? unit) => time / unit is { } ratio ? Text($"{ratio:F2}") : "–";

    private static string Shown(PeerFigure? figure) =>
        figure is null
            ? "–"
            : Cell(figure.Least)
                + (figure.Most is { } most ? $" to {Cell(most)}" : "")
                + (figure.Median is { } median ? $" (median {Cell(median)})" : "");
}
