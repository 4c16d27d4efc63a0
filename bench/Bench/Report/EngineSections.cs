using ImageToText.Bench.Accuracy;
using ImageToText.Bench.Engine;
using ImageToText.Bench.Gpu;
using ImageToText.Bench.Peers;
using ImageToText.Bench.Results;
using ImageToText.Bench.Tables;
using static ImageToText.Bench.Report.ReportTitle;
using static ImageToText.Bench.Tables.Markdown;

namespace ImageToText.Bench.Report;

/// <summary>The sections of docs/performance.md about the engine alone.</summary>
internal static class EngineSections
{
    // Operators that take less of the encoder's time are not shown.
    private const double LeastShare = 0.005;

    /// <summary>How fast the engine is by itself.</summary>
    public static void Engines(Markdown page, IReadOnlyList<(string Name, BenchResult<EngineData> Result)> engines)
    {
        if (engines.Count == 0)
        {
            return;
        }

        page.Heading(2, "The engine");
        page.Paragraph(
            $"The models have the shapes of public checkpoints and random weights, which is enough to measure speed and "
                + $"memory, but not accuracy. Times are minima of interleaved runs, in milliseconds. The eight-bit weights are "
                + $"already in the cache; making them takes a few seconds once."
        );
        page.Commands(engines.Select(static engine => engine.Result.Command));
        page.Table(
            [
                "model",
                "lone product GFLOP/s",
                "T0 ms",
                "load s",
                "encode",
                "share of the lone product's rate",
                "cross-attention K/V",
                "caption",
                "in T0",
                "3 beams",
                "resident MiB",
            ],
            Rows(
                static (engine, figures) =>
                    [
                        Cell(engine.ProductGflops),
                        Cell(engine.T0Ms),
                        Text($"{figures.LoadSeconds:F1}"),
                        Cell(figures.EncodeMs),
                        figures.EncodeOverProduct > 0 ? Text($"{figures.EncodeOverProduct:P0}") : "–",
                        Cell(figures.CrossMs),
                        Cell(figures.Captions[0].Ms),
                        Text($"{figures.Captions[0].InT0:F2}"),
                        Cell(figures.Captions[1].Ms),
                        Cell(figures.ResidentMiB),
                    ]
            )
        );
        Encoders(page, engines);
        page.Paragraph(
            $"One step of the decoder (a token for every row), in milliseconds, by pictures in the batch and beams per picture:"
        );
        page.Table(
            ["model", .. engines[0].Result.Data.Precisions[0].Steps.Select(static step => Text($"{step.Pictures} x {step.Beams}"))],
            Rows(static (_, figures) => [.. figures.Steps.Select(static step => Cell(step.Ms))])
        );
        page.Paragraph(
            $"Captions per second. *New*: every picture is a different one. *Remembered*: "
                + $"the picture's encoding is "
                + $"cached, so only decoding is left; this is where requests gain from running "
                + $"side by side. (On a CPU, the "
                + $"encoder takes as long per picture for several pictures as for one.)"
        );
        page.Table(
            [
                "model",
                "new, one at a time",
                "new, at saturation",
                "ratio",
                "remembered, one at a time",
                "remembered, at saturation",
                "ratio",
            ],
            Rows(
                static (_, figures) =>
                    [.. new[] { PictureNovelty.New, PictureNovelty.Remembered }.SelectMany(novelty => Rates(figures, novelty))]
            )
        );

        IEnumerable<IReadOnlyList<string>> Rows(Func<EngineData, EngineFigures, string[]> cells) =>
            from engine in engines
            from figures in engine.Result.Data.Precisions
            select (IReadOnlyList<string>)
                [$"{Title(engine.Result.Data.Model)} {Title(figures.Precision)}", .. cells(engine.Result.Data, figures)];
    }

    // Where the encoder's time goes, beside what a lone product in eight bits would take.
    private static void Encoders(Markdown page, IReadOnlyList<(string Name, BenchResult<EngineData> Result)> engines)
    {
        var profiled = (
            from engine in engines
            from figures in engine.Result.Data.Precisions
            where figures.Encoder.Count > 0
            select (Name: $"{Title(engine.Result.Data.Model)} {Title(figures.Precision)}", Figures: figures)
        ).ToArray();
        if (profiled.Length == 0)
        {
            return;
        }

        page.Paragraph(
            "Where the encoder's time goes: shares of its operators, by ONNX Runtime's own clock, and the encoder's time over what its "
                + "operations would take at the rate of a lone product in eight bits (DynamicQuantizeMatMul, 577 x 768 x 3072, in the same "
                + "run). Attention counts as operations too, but its products stay in float32."
        );
        page.Table(
            ["model", "encode ms", "at the lone int8 product's rate", "ratio", "operators"],
            profiled.Select(static model =>
                (IReadOnlyList<string>)
                    [
                        model.Name,
                        Cell(model.Figures.EncodeMs),
                        Cell(model.Figures.LoneInt8Ms),
                        model.Figures.LoneInt8Ms is { } lone ? Text($"{model.Figures.EncodeMs / lone:F2}") : "–",
                        string.Join(
                            ", ",
                            model
                                .Figures.Encoder.Where(static part => part.Share >= LeastShare)
                                .Select(static part => Text($"{part.Operator} {part.Share:P0}"))
                        ),
                    ]
            )
        );
    }

    /// <summary>How fast it is beside transformers.</summary>
    public static void Peers(Markdown page, BenchResult<PeersData>? peers)
    {
        if (peers is not { Data: var data })
        {
            return;
        }

        double[] units = [.. data.Models.Select(UnitOf).Order()];
        page.Heading(2, "Each family beside transformers");
        page.Paragraph(
            $"One caption of {data.Tokens} tokens at a time, from the encoded picture, with random weights in the shapes "
                + $"of public checkpoints. Times are minima, and the contenders take turns in one run. T0 was "
                + (
                    units[0] == units[^1]
                        ? $"{Cell(units[0])} ms"
                        : $"{Cell(units[0])} to {Cell(units[^1])} ms: runs with a larger T0 shared the processors with other work, and "
                            + "their rows compare in T0 only"
                )
                + $". The goals: `int8` takes at most a third of what transformers takes in bf16, "
                + $"{data.Beams} beams take at most 1.5 times as long as greedy search, and the memory of a process that "
                + $"captions in `int8` rises by at most 1.3 times the weights and 150 MB. transformers: {data.Peer}. "
                + $"`random-model NAME artifacts/NAME` makes a model; a run replaces the rows of its own models only:"
        );
        page.Commands(
            "dotnet run -c Release --project bench/Bench -- peers "
                + string.Join(' ', data.Models.Select(static model => $"artifacts/{model.Model}"))
        );
        page.Table(
            [
                "model",
                "parameters, millions",
                "int8 ms",
                "in T0",
                "f32 ms",
                "in T0",
                Text($"{data.Beams} beams over greedy, int8"),
                "f32",
                "transformers f32 ms",
                "bf16 ms",
                "int8 over bf16",
                "memory in int8, MiB",
                "1.3 x weights + 150 MB",
            ],
            data.Models.Select(model =>
                (IReadOnlyList<string>)
                    [
                        Title(model.Model),
                        Text($"{model.ParametersMillions:F0}"),
                        Cell(model.Int8.GreedyMs),
                        Text($"{model.Int8.GreedyMs / UnitOf(model):F2}"),
                        model.F32 is { } own ? Cell(own.GreedyMs) : "–",
                        model.F32 is { } inT0 ? Text($"{inT0.GreedyMs / UnitOf(model):F2}") : "–",
                        Text($"{model.Int8.BeamsMs / model.Int8.GreedyMs:F2}"),
                        model.F32 is { } beams ? Text($"{beams.BeamsMs / beams.GreedyMs:F2}") : "–",
                        model.TransformersF32 is { } float32 ? Cell(float32.GreedyMs) : "–",
                        model.TransformersBf16 is { } brain ? Cell(brain.GreedyMs) : "–",
                        model.TransformersBf16 is { } bf16 ? Text($"{model.Int8.GreedyMs / bf16.GreedyMs:F2}") : "–",
                        Cell(model.Int8PeakMiB),
                        Cell(model.Int8GoalMiB),
                    ]
            )
        );
        if (!data.Models.Any(static model => model.FirstTokenMs is not null))
        {
            return;
        }

        page.Paragraph(
            "In `int8`: the time from the encoded picture to the first streamed token, and tokens per second of greedy captions whose "
                + "picture is known. The last column is what such a caption takes, relative to that of a new picture: the price in time of "
                + "a second prompt for the same picture. Florence-2's should take at most a quarter."
        );
        page.Table(
            [
                "model",
                "first token, ms",
                "in T0",
                "tokens/s alone",
                Text($"tokens/s, {PeersBenchmark.Callers} callers"),
                "known picture over new",
            ],
            data.Models.Select(model =>
                (IReadOnlyList<string>)
                    [
                        Title(model.Model),
                        model.FirstTokenMs is { } first ? Cell(first) : "–",
                        model.FirstTokenMs is { } inT0 ? Text($"{inT0 / UnitOf(model):F2}") : "–",
                        model.TokensPerSecond is { } alone ? Cell(alone) : "–",
                        model.TokensPerSecondTogether is { } together ? Cell(together) : "–",
                        model.TokensPerSecond is { } known ? Text($"{1000 * data.Tokens / known / model.Int8.GreedyMs:F2}") : "–",
                    ]
            )
        );

        double UnitOf(PeerModel model) => model.T0Ms ?? data.T0Ms;
    }

    /// <summary>What eight bits change.</summary>
    public static void Accuracy(Markdown page, BenchResult<AccuracyData>? accuracy)
    {
        if (accuracy is not { Data: var data })
        {
            return;
        }

        page.Heading(2, "Accuracy of the eight-bit form");
        page.Commands(accuracy.Command);
        page.Paragraph(
            $"Of {data.Cases} greedy captions that transformers made for the reference pictures with the starter in "
                + $"float32, {data.SameF32} are identical word for word in float32 and {data.SameInt8} "
                + $"({(double)data.SameInt8 / data.Cases:P1}) in eight bits. With the same tokens as input, the cosine between "
                + $"the logits in eight bits and those in float32 is {data.LeastCosine:F5} at least and {data.MeanCosine:F5} "
                + $"on average, over {data.Steps} steps. (If a caption's two best logits are close at some step, it may go "
                + $"either way.)"
        );
        if (data.Changed.Count > 0)
        {
            page.Table(
                ["picture", "prompt", "reference", "eight bits"],
                data.Changed.Select(static changed =>
                    (IReadOnlyList<string>)[changed.Image, changed.Prompt ?? "", changed.Reference, changed.Int8]
                )
            );
        }

        page.Paragraph(
            $"In eight bits, the picture's matrices have one scale per output channel, and the picture's activations "
                + $"have one scale per layer. The decoder's matrices have one scale per 64 inputs (the output matrix: per 32), "
                + $"and so do its activations, row by row. So a row's numbers never depend on the rows beside it "
                + $"(`BatchInvarianceTests`, bit for bit, both number formats)."
        );
    }

    /// <summary>How fast it is on a GPU.</summary>
    public static void Gpu(Markdown page, BenchResult<GpuData>? gpu)
    {
        page.Heading(2, "On a GPU");
        page.Commands("bench/gpu.sh");
        if (gpu is not { Data: var data })
        {
            page.Paragraph(
                $"Not measured: no GPU was at hand. The command finds the GPU, builds the variant for it, makes the "
                    + $"random models and writes one table here: the encoder and a decoder step in f16, captions per second at "
                    + $"1, 8, 64 and 256 callers, GPU memory, with CUDA graphs and without, and transformers in f16 with SDPA. "
                    + $"The CUDA graphs of the decoder's step have been compiled, never run."
            );
            return;
        }

        page.Paragraph($"{GpuTable.Write(data)}");
    }

    /// <summary>Captions per second at saturation over one at a time; null: not measured.</summary>
    public static double? Rate(EngineFigures figures, PictureNovelty novelty)
    {
        var rates = figures.Throughput.Where(rate => rate.Pictures == novelty).ToArray();
        return rates.Length < 2 ? null : rates[^1].PerSecond / rates[0].PerSecond;
    }

    /// <summary>A caption's time in T0, for the models that T0 is meant for; else nothing.</summary>
    public static string InT0(EngineData engine, CaptionFigures caption) =>
        engine.Model.StartsWith("blip", StringComparison.Ordinal) ? Text($" = {caption.InT0:F2} T0") : "";

    private static string[] Rates(EngineFigures figures, PictureNovelty novelty)
    {
        var rates = figures.Throughput.Where(rate => rate.Pictures == novelty).ToArray();
        return rates.Length < 2
            ? ["–", "–", "–"]
            : [Cell(rates[0].PerSecond), Cell(rates[^1].PerSecond), Text($"{Rate(figures, novelty):F2}")];
    }
}
