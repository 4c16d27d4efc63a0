using System.CommandLine;
using System.Text.Json.Nodes;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.Standalone.Captions.Results;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Captions;

/// <summary>caption PATH...: its arguments and options.</summary>
internal sealed class CaptionCommand(Engine engine, Terminal terminal, CommandRunner run)
{
    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Pictures: files, folders (with their subfolders), globs such as 'photos/**/*.jpg', or - for standard input.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _model = ModelCommandOptions.Model();
    private readonly Option<Precision> _precision = ModelCommandOptions.Precision();
    private readonly Option<bool> _gray = new("--gray")
    {
        Description = "Convert pictures to greyscale first, as is usual for models that read manga.",
    };
    private readonly Option<ProviderChoice> _provider = ModelCommandOptions.Provider();
    private readonly IReadOnlyList<CaptionOptionArgument> _options =
    [
        .. CaptionOptionTable.All.Select(static option => new CaptionOptionArgument(option)),
    ];
    private readonly ResultOptions _results = new();

    public Command Create()
    {
        var command = new Command("caption", "Writes captions of pictures, in the order given.") { _paths.FilesOnly(), _model };
        foreach (var option in _options)
        {
            command.Add(option.Option);
        }

        command.Add(_precision);
        command.Add(_gray);
        command.Add(_provider);
        _results.AddTo(command);
        command.SetAction(
            (parsed, _) =>
                run(cancellationToken => new CaptionRun(engine, terminal, Read(parsed), TimeProvider.System).RunAsync(cancellationToken))
        );
        return command;
    }

    public CaptionSettings Read(ParseResult parsed) =>
        _results.Read(
            parsed,
            new CaptionSettings
            {
                Paths = parsed.GetRequiredValue(_paths),
                Model = parsed.GetValue(_model),
                Precision = parsed.GetValue(_precision),
                Gray = parsed.GetValue(_gray),
                Provider = parsed.GetValue(_provider),
                Options = OptionsOf(parsed),
            }
        );

    private CaptionOptions OptionsOf(ParseResult parsed)
    {
        var values = new JsonObject();
        foreach (var option in _options)
        {
            if (option.ValueIn(parsed) is { } value)
            {
                values[option.Name] = value;
            }
        }

        return CaptionOptions.Read(values);
    }
}
