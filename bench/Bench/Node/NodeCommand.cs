using System.CommandLine;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.Captioning;

namespace ImageToText.Bench.Node;

/// <summary>A node in its own process, under requests that arrive whether or not it keeps up.</summary>
internal static class NodeCommand
{
    private const int Tokens = 20;

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
                        return await new LoadSweep(load.Plan(parsed), client, node).RunAsync(cancellationToken);
                    }
                );
            }
        );
        return command;
    }
}
