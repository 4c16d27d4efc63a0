using System.CommandLine;
using ImageToText.Captioning;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Serving;

/// <summary>serve: its options. It is also what the program does without a command.</summary>
internal sealed class ServeCommand(Terminal terminal, CommandRunner run)
{
    private readonly Option<int> _port = CommandLineOptions.Number(
        "--port",
        ["-p"],
        "The port; 0: any that is free.",
        0,
        65535,
        ServeSettings.DefaultPort
    );

    private readonly Option<string> _host = new("--host")
    {
        Description = "The address to listen on: an IP address, localhost, or * for all; this machine only unless told otherwise.",
        HelpName = "H",
        DefaultValueFactory = _ => ServeSettings.DefaultHost,
    };

    private readonly Option<string[]> _models = new("--model", "-m")
    {
        Description =
            "A model to serve beside the starter: ORG/NAME after 'models pull', or a folder, served under its name. May be repeated; "
            + "the first answers requests that name none.",
        HelpName = "ID|FOLDER",
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description =
            "The folder for everything that outlives a run: keys, prices and the ledger (SQLite), and the journal; imagetotext in "
            + "the user's data folder unless told otherwise.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _settings = new("--settings")
    {
        Description = "A JSON file of further settings (docs/configuration.md). Environment variables override it; no other file is read.",
        HelpName = "FILE",
    };

    private readonly Option<Precision> _precision = ModelCommandOptions.Precision();
    private readonly Option<ProviderChoice> _provider = ModelCommandOptions.Provider();

    /// <summary>Makes the command under its name.</summary>
    public Command Create()
    {
        _host.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<string>() is { } host && !ServeSettings.IsHost(host))
            {
                result.AddError($"--host is '{host}': give an IP address, localhost, or * for all addresses.");
            }
        });
        var command = new Command("serve", "Serves captions over HTTP (the default command).");
        AddTo(command);
        return command;
    }

    /// <summary>Makes another command do the same.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_port, _host, _models, _data, _settings, _precision, _provider])
        {
            command.Options.Add(option);
        }

        command.SetAction((parsed, _) => run(cancellationToken => new ServeRun(terminal, Read(parsed)).RunAsync(cancellationToken)));
    }

    public ServeSettings Read(ParseResult parsed) =>
        new()
        {
            Port = parsed.GetValue(_port),
            Host = parsed.GetRequiredValue(_host),
            Models = [.. (parsed.GetValue(_models) ?? []).Select(ModelLocator.Find)],
            DataFolder = parsed.GetValue(_data),
            SettingsFile = parsed.GetValue(_settings) is { } file ? ServeConfiguration.Check(file) : null,
            Precision = parsed.GetValue(_precision),
            Provider = parsed.GetValue(_provider),
        };
}
