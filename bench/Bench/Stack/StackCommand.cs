using System.CommandLine;
using ImageToText.Bench.Load;
using ImageToText.Bench.Results;
using ImageToText.Captioning;

namespace ImageToText.Bench.Stack;

/// <summary>The whole service (gateway, pricing, node and cache in one process, as 'serve' starts it) under open-loop load.</summary>
internal static class StackCommand
{
    public static Command Create()
    {
        var stack = new StackOptions();
        var load = new LoadOptions();
        var command = new Command(
            "stack",
            "Measures the whole service with new photographs of 500 x 375 pixels: captions per second, and latency by rate of arrivals."
        );
        stack.AddTo(command);
        load.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    "stack",
                    async () =>
                    {
                        await using var service = await StackService.StartAsync(stack, parsed, load.Settings(parsed), cancellationToken);
                        return await new LoadSweep(load.Plan(parsed), service.Client, service.Process).RunAsync(cancellationToken);
                    }
                )
        );
        return command;
    }
}

/// <summary>Options of the commands that start the whole service.</summary>
internal sealed class StackOptions
{
    private readonly Option<DirectoryInfo?> _model = new("--model") { Description = "A model folder. Default: the starter" };
    private readonly Option<Precision> _precision = new("--precision")
    {
        Description = "Number format",
        DefaultValueFactory = static _ => Precision.F32,
    };
    private readonly Option<DirectoryInfo?> _tool = new("--tool")
    {
        Description = "The folder of a published tool. Default: the build beside this program, which is compiled while it runs",
    };
    private readonly Option<int?> _beams = new("--beams") { Description = "Beams per caption. Default: the model's own (starter: 3)" };

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_model, _precision, _beams, _tool])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Starts 'serve' in a process of its own.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="data">Its data folder.</param>
    /// <param name="environment">Settings.</param>
    /// <param name="tool">The folder of another published tool; null: the one that the command line names.</param>
    public Task<ServiceProcess> StartAsync(
        ParseResult parsed,
        string data,
        IReadOnlyDictionary<string, string>? environment = null,
        DirectoryInfo? tool = null
    ) =>
        ServiceProcess.StartToolAsync(
            (tool ?? parsed.GetValue(_tool))?.FullName ?? AppContext.BaseDirectory,
            data,
            environment,
            Serve(parsed)
        );

    /// <summary>Form fields of each request.</summary>
    public (string Name, string Value)[] Fields(ParseResult parsed) =>
        parsed.GetValue(_beams) is { } beams ? [("num_beams", $"{beams}")] : [];

    private string[] Serve(ParseResult parsed) =>
        [
            .. parsed.GetValue(_model) is { } folder ? ["--model", folder.FullName] : Array.Empty<string>(),
            "--precision",
            parsed.GetValue(_precision).ToString().ToLowerInvariant(),
        ];
}
