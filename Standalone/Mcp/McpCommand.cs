using System.CommandLine;
using ImageToText.Captioning;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Mcp;

/// <summary>mcp: its options.</summary>
internal sealed class McpCommand(Engine engine, Terminal terminal, CommandRunner run)
{
    private readonly Option<string> _model = ModelCommandOptions.Model();
    private readonly Option<Precision> _precision = ModelCommandOptions.Precision();
    private readonly Option<ProviderChoice> _provider = ModelCommandOptions.Provider();

    private readonly Option<string[]> _folders = new("--folder")
    {
        Description = "Read pictures in this folder and below it only. May be repeated. Default: any picture that you can read.",
        HelpName = "FOLDER",
    };

    private readonly Option<string[]> _hosts = new("--allow-host")
    {
        Description = "Fetch pictures from this host, such as images.example.org or *.example.org. May be repeated. Default: from none.",
        HelpName = "HOST",
    };

    public Command Create()
    {
        _folders.Validators.Add(static result =>
        {
            foreach (string folder in result.Tokens.Select(static token => token.Value).Where(static folder => !Directory.Exists(folder)))
            {
                result.AddError($"--folder is '{folder}': there is no such folder.");
            }
        });
        var command = new Command("mcp", "Serves captions to a chat program over standard input and output (Model Context Protocol).")
        {
            _model,
            _folders,
            _hosts,
            _precision,
            _provider,
        };
        command.SetAction(
            (parsed, _) =>
                run(cancellationToken => new McpRun(engine, terminal, Read(parsed), TimeProvider.System).RunAsync(cancellationToken))
        );
        return command;
    }

    public McpSettings Read(ParseResult parsed) =>
        new()
        {
            Model = parsed.GetValue(_model),
            Precision = parsed.GetValue(_precision),
            Provider = parsed.GetValue(_provider),
            Folders = parsed.GetValue(_folders) ?? [],
            Hosts = parsed.GetValue(_hosts) ?? [],
        };
}
