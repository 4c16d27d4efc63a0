using System.CommandLine;
using ImageToText.Bench.Results;
using ImageToText.Captioning;

namespace ImageToText.Bench.Peers;

/// <summary>The product beside transformers, on the same model folders in the same run.</summary>
internal static class PeersCommand
{
    private const string Name = "peers";

    public static Command Create()
    {
        var folders = new Argument<DirectoryInfo[]>("folders")
        {
            Description = "Model folders (see random-model)",
            Arity = ArgumentArity.OneOrMore,
        };
        var python = new Option<string>("--python")
        {
            Description = "A Python with torch and transformers. Without them, only this product is measured",
            DefaultValueFactory = static _ => "python3",
        };
        var image = new Option<FileInfo>("--image")
        {
            Description = "The picture",
            DefaultValueFactory = static _ => new FileInfo(Path.Combine(AppContext.BaseDirectory, "samples", "astronaut.jpg")),
        };
        var rounds = new Option<int>("--rounds")
        {
            Description = "How many captions of each kind, in turns",
            DefaultValueFactory = static _ => 5,
        };
        var command = new Command(
            Name,
            "Measures a caption of 20 tokens by this product (f32, int8) and by transformers (f32, bf16), greedy and with 4 beams. "
                + "Models measured before keep their figures."
        )
        {
            folders,
            python,
            image,
            rounds,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    Name,
                    async () =>
                    {
                        // Models that are not measured now keep their figures.
                        var earlier = ResultFile.Read<PeersData>(parsed.GetRequiredValue(CommonOptions.Results).FullName, Name);
                        var measured = await new PeersBenchmark(
                            new PeersPlan(
                                [.. parsed.GetRequiredValue(folders).Select(static folder => folder.FullName)],
                                parsed.GetRequiredValue(python),
                                Path.Combine(AppContext.BaseDirectory, "Peers", "transformers_captions.py"),
                                parsed.GetRequiredValue(image).FullName,
                                parsed.GetValue(CommonOptions.Short) ? 1 : parsed.GetValue(rounds)
                            )
                        ).RunAsync(cancellationToken);
                        return measured.Over(earlier?.Data);
                    }
                )
        );
        return command;
    }

    /// <summary>The command that 'peers' starts in a process of its own.</summary>
    public static Command CreateMemory()
    {
        var folder = new Argument<string>("folder");
        var precision = new Argument<Precision>("precision");
        var picture = new Argument<string>("picture");
        var beams = new Argument<int>("beams");
        var tokens = new Argument<int>("tokens");
        var command = new Command(CaptionMemory.Command) { folder, precision, picture, beams, tokens };
        command.Hidden = true;
        command.SetAction(
            (parsed, cancellationToken) =>
                CaptionMemory.RunAsync(
                    parsed.GetRequiredValue(folder),
                    parsed.GetValue(precision),
                    parsed.GetRequiredValue(picture),
                    parsed.GetValue(beams),
                    parsed.GetValue(tokens),
                    cancellationToken
                )
        );
        return command;
    }
}
