using System.CommandLine;
using ImageToText.Captioning;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Operators;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Comparisons;

/// <summary>models compare MODEL... FOLDER: its arguments and options.</summary>
internal sealed class CompareCommand(Engine engine, Terminal terminal, CommandRunner run)
{
    private readonly Argument<string[]> _modelsAndPictures = new("MODEL... FOLDER")
    {
        Description = "Models (starter, ORG/NAME after 'models pull', or folders), then a folder of pictures or a quoted glob.",
        Arity = new ArgumentArity(2, 100_000),
    };

    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The page to write. Default: compare.html.",
        HelpName = "FILE.html",
        DefaultValueFactory = static _ => "compare.html",
    };

    private readonly Option<string?> _prompt = new("--prompt")
    {
        Description = "The prompt for every model; a model that takes no prompt refuses it.",
        HelpName = "TEXT",
    };

    private readonly Option<Precision> _precision = ModelCommandOptions.Precision();
    private readonly Option<ProviderChoice> _provider = ModelCommandOptions.Provider();
    private readonly Option<bool> _json = new("--json") { Description = "The figures as one JSON object for each model and line." };
    private readonly ServerOptions _server = new(terminal);

    public Command Create()
    {
        var command = new Command(
            "compare",
            "Captions a folder with several models and writes one page that shows the captions side by side."
        )
        {
            _modelsAndPictures,
            _output,
            _prompt,
            _precision,
            _provider,
            _json,
        };
        _server.AddConnectionTo(command);
        command.SetAction(
            (parsed, _) =>
                run(async cancellationToken =>
                    await new ComparisonRun(engine, terminal, Read(parsed), await FindPricesAsync(parsed, cancellationToken)).RunAsync(
                        cancellationToken
                    )
                )
        );
        return command;
    }

    private ComparisonSettings Read(ParseResult parsed)
    {
        string[] named = parsed.GetRequiredValue(_modelsAndPictures);
        return new ComparisonSettings
        {
            Models = named[..^1],
            Pictures = named[^1],
            Output = parsed.GetRequiredValue(_output),
            Precision = parsed.GetValue(_precision),
            Provider = parsed.GetValue(_provider),
            Options = new CaptionOptions { Prompt = parsed.GetValue(_prompt) },
            Json = parsed.GetValue(_json),
        };
    }

    private async Task<ModelPrices> FindPricesAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (_server.FindRunning(parsed) is not { } server)
        {
            return ModelPrices.Recommended;
        }

        try
        {
            return new ModelPrices(await server.AskAsync(pricing => pricing.GetPricesAsync(cancellationToken)), server.Address);
        }
        catch (CommandException gone) when (!_server.IsNamed(parsed))
        {
            // A killed service leaves behind nothing but a sign that one ran.
            terminal.WriteError($"Prices are the recommended ones. {gone.Message}");
            return ModelPrices.Recommended;
        }
    }
}
