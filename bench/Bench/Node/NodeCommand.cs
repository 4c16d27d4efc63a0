using System.CommandLine;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.Captioning;

namespace ImageToText.Bench.Node;

/// <summary>A node in its own process, under requests that arrive whether or not it keeps up.</summary>
internal static class NodeCommand
{
    private const int Tokens = 20;

    // Captions whose decoder steps are counted.
    private const int Counted = 32;

    public static Command Create()
    {
        var folder = new Argument<DirectoryInfo?>("folder")
        {
            Description = "A model folder. Default: the starter",
            DefaultValueFactory = static _ => null,
        };
        var precision = new Option<Precision>("--precision")
        {
            Description = "Number format",
            DefaultValueFactory = static _ => Precision.Int8,
        };
        var beams = new Option<int>("--beams") { Description = "Beams per caption", DefaultValueFactory = static _ => 1 };
        var load = new LoadOptions();
        var command = new Command(
            "node",
            "Measures a node under open-loop load: latency, goodput and refusals by rate of arrivals, from low to past saturation."
        )
        {
            folder,
            precision,
            beams,
        };
        load.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                var model = parsed.GetValue(folder);
                var format = parsed.GetValue(precision);
                return ResultFile.KeepAsync(
                    parsed,
                    $"node-{model?.Name ?? "starter"}-{format}".ToLowerInvariant(),
                    async () =>
                    {
                        List<string> settings =
                        [
                            $"--Inference:Precision={format}",
                            "--Logging:LogLevel:Default=Warning",
                            .. load.Settings(parsed).Select(static setting => $"--{setting.Key}={setting.Value}"),
                        ];
                        List<(string, string)> fields = [("num_beams", $"{parsed.GetValue(beams)}")];
                        if (model is not null)
                        {
                            settings.AddRange([$"--Inference:Models:0:Folder={model.FullName}", "--Inference:Starter=false"]);
                            fields.AddRange([("min_new_tokens", $"{Tokens}"), ("max_new_tokens", $"{Tokens}")]);
                        }

                        using var node = await ServiceProcess.StartInferenceAsync([.. settings]);
                        using var client = new CaptionClient(node.Address, [.. fields]);
                        if (parsed.GetValue(beams) != 1)
                        {
                            return await new LoadSweep(load.Plan(parsed), client, node).RunAsync(cancellationToken);
                        }

                        using var parts = await NodeParts.LoadAsync(
                            model?.FullName ?? Path.Combine("models", "starter"),
                            format,
                            cancellationToken
                        );
                        var sweep = new LoadSweep(load.Plan(parsed), client, node)
                        {
                            BeforeSaturation = () => parts.Measure(cancellationToken),
                        };
                        var data = await sweep.RunAsync(cancellationToken);
                        var bound = parts.Bound(await StepsAsync(client, cancellationToken));
                        Print(bound, data);
                        return data with { Bound = bound };
                    }
                );
            }
        );
        return command;
    }

    private static async Task<double> StepsAsync(CaptionClient client, CancellationToken cancellationToken)
    {
        int steps = 0;
        foreach (byte[] picture in new LoadPictures(seed: 2).Make(Counted))
        {
            steps += await client.CountStepsAsync(picture, cancellationToken);
        }

        return (double)steps / Counted;
    }

    private static void Print(EngineBound bound, LoadData data) =>
        Console.WriteLine(
            $"encode {bound.EncodeMs:F2} ms, cross {bound.CrossMs:F2}, step of {bound.Captions} {bound.StepMs:F2}, preparation on one "
                + $"thread {bound.PrepareMs:F2}: at most {bound.PerSecond(EngineBound.NominalSteps):F2}/s with "
                + $"{EngineBound.NominalSteps} steps, {bound.PerSecond(bound.Steps):F2}/s with {bound.Steps:F1}; saturation is "
                + $"{data.SaturationPerSecond / bound.PerSecond(EngineBound.NominalSteps):F2} and "
                + $"{data.SaturationPerSecond / bound.PerSecond(bound.Steps):F2} of that"
        );
}
