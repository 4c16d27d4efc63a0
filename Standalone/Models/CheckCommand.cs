using System.CommandLine;
using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;
using ImageToText.Standalone.Models.References;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Models;

/// <summary>models check MODEL: its argument and options.</summary>
internal sealed class CheckCommand(Engine engine, Terminal terminal, CommandRunner run)
{
    private readonly Argument<string> _model = new("FOLDER|ORG/NAME[@REVISION]")
    {
        Description = "A model folder, or a model's name; a name that is not on this machine is looked up on the hub.",
    };

    private readonly Option<string?> _against = new("--against")
    {
        Description = "Compare with what transformers wrote: caption the pictures that this file names, and exit with 1 if one differs.",
        HelpName = "FILE.json",
    };

    private readonly Option<string?> _pictures = new("--pictures")
    {
        Description = "The folder of those pictures. Default: the file's own.",
        HelpName = "FOLDER",
    };

    private readonly Option<double> _tolerance = new("--tolerance")
    {
        Description = "The largest distance of a logit, log-probability or score that counts as equal. Default: 0.005.",
        HelpName = "N",
        DefaultValueFactory = static _ => ReferenceCheckSettings.DefaultTolerance,
    };

    private readonly Option<Precision> _precision = ModelCommandOptions.Precision();
    private readonly Option<ProviderChoice> _provider = ModelCommandOptions.Provider();
    private readonly Option<bool> _json = new("--json") { Description = "Answer with one JSON object, or with one per compared caption." };

    public Command Create()
    {
        var command = new Command(
            "check",
            "Loads a model on this machine, captions the samples, and reports time and memory. For any other model it "
                + "asks the hub, without downloading it."
        )
        {
            _model,
            _against,
            _pictures,
            _tolerance,
            _precision,
            _provider,
            _json,
        };
        command.Validators.Add(result =>
        {
            if (
                result.GetResult(_against) is null
                && (result.GetResult(_pictures) is not null || result.GetResult(_tolerance) is { Implicit: false })
            )
            {
                result.AddError("--pictures and --tolerance belong to --against: name the file to compare with.");
            }
        });
        command.SetAction((parsed, _) => run(cancellationToken => RunAsync(parsed, cancellationToken)));
        return command;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string name = parsed.GetRequiredValue(_model);
        bool json = parsed.GetValue(_json);
        if (parsed.GetValue(_against) is { } file)
        {
            return new ReferenceCheck(engine, terminal).RunAsync(ModelLocator.Find(name), Read(parsed, file), cancellationToken);
        }

        return ModelLocator.FindHere(name) is { } here
            ? new ModelCheck(engine, terminal).RunAsync(
                here,
                parsed.GetValue(_precision),
                parsed.GetValue(_provider),
                json,
                cancellationToken
            )
            : new HubCheck(terminal).RunAsync(HubModelReference.Parse(name), json, cancellationToken);
    }

    private ReferenceCheckSettings Read(ParseResult parsed, string file) =>
        new()
        {
            Path = file,
            Pictures = parsed.GetValue(_pictures),
            Tolerance = parsed.GetValue(_tolerance),
            Precision = parsed.GetValue(_precision),
            Provider = parsed.GetValue(_provider),
            Json = parsed.GetValue(_json),
        };
}
