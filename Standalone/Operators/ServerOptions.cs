using System.CommandLine;
using System.CommandLine.Parsing;
using ImageToText.ServiceDefaults.Files;
using ImageToText.Standalone.Serving;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>
/// The options of every command for a network: where the service is, and the token that identifies the operator. On the machine
/// where 'serve' runs none is needed, because its data folder has both.
/// </summary>
internal sealed class ServerOptions(Terminal terminal, bool forCallers = false)
{
    public const string ServerVariable = "IMAGETOTEXT_SERVER";
    public const string TokenVariable = "IMAGETOTEXT_TOKEN";

    private readonly Option<Uri?> _server = new("--server")
    {
        Description =
            $"Address of 'serve', of a gateway that publishes /pricing, or of a pricing service. Default: "
            + $"{ServerVariable}, else that of 'serve' on this machine.",
        HelpName = "URL",
        Recursive = true,
        CustomParser = static result => ReadAddress(result),
    };

    private readonly Option<string?> _token = new("--token")
    {
        Description = forCallers
            ? $"The API key that pays. Default: {TokenVariable}, which other users don't see; else none."
            : $"The operator token, or an API key with scope operate. Default: {TokenVariable}, which other users don't "
                + $"see; else that of 'serve' on this machine.",
        HelpName = "TOKEN",
        Recursive = true,
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "The data folder of 'serve', if you passed it one.",
        HelpName = "FOLDER",
        Recursive = true,
    };

    private readonly Option<bool> _json = new("--json")
    {
        Description = "Print the service's answer as JSON; for lists, one object per line.",
        Recursive = true,
    };

    /// <summary>Gives a command and its subcommands these options.</summary>
    public void AddTo(Command command)
    {
        AddConnectionTo(command);
        command.Options.Add(_json);
    }

    /// <summary>Gives a command the options that say where the service is.</summary>
    public void AddConnectionTo(Command command)
    {
        foreach (var option in (Option[])[_server, _token, _data])
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether JSON is wanted.</summary>
    public bool WantsJson(ParseResult parsed) => parsed.GetValue(_json);

    /// <summary>Returns the service that the command line means.</summary>
    /// <exception cref="CommandException">There is no token, or the address is invalid.</exception>
    public Server Find(ParseResult parsed)
    {
        string folder = parsed.GetValue(_data) ?? DataFolder.Default;
        var (named, address) = AddressIn(parsed, folder);

        // The token of this machine's service is never sent elsewhere.
        string? token =
            GivenToken(parsed) ?? (named is null || named.IsLoopback ? WholeFile.ReadText(DataFolder.TokenFileIn(folder)) : null);
        return new Server(
            address,
            token
                ?? throw new CommandException(
                    named is { IsLoopback: false }
                        ? $"{address} requires a token: give one with {TokenVariable} or --token."
                        : $"There is no operator token in {folder}: has "
                            + $"'serve' run here, or "
                            + $"with another --data? Else "
                            + $"give one with {TokenVariable} or --token."
                )
        );
    }

    /// <summary>The gateway that a caller means, who needs a key only where the gateway wants one.</summary>
    /// <exception cref="CommandException">The address is invalid.</exception>
    public GatewayAccess FindGateway(ParseResult parsed) =>
        new(AddressIn(parsed, parsed.GetValue(_data) ?? DataFolder.Default).Found, GivenToken(parsed));

    /// <summary>Whether a service is named rather than looked for on this machine.</summary>
    public bool IsNamed(ParseResult parsed) => parsed.GetValue(_server) is not null || Variable(ServerVariable) is not null;

    /// <summary>The service that the command line means; null: none is named, and none runs on this machine.</summary>
    /// <exception cref="CommandException">As in <see cref="Find"/>.</exception>
    public Server? FindRunning(ParseResult parsed) =>
        IsNamed(parsed) || File.Exists(DataFolder.AddressFileIn(parsed.GetValue(_data) ?? DataFolder.Default)) ? Find(parsed) : null;

    private string? GivenToken(ParseResult parsed) => parsed.GetValue(_token) ?? Variable(TokenVariable);

    private (Uri? Named, Uri Found) AddressIn(ParseResult parsed, string folder)
    {
        var named =
            parsed.GetValue(_server)
            ?? (
                Variable(ServerVariable) is { } text
                    ? Address(text)
                        ?? throw new CommandException(
                            $"{ServerVariable} is '{text}': give an address such as http://localhost:{ServeSettings.DefaultPort}."
                        )
                    : null
            );
        return (
            named,
            named
                ?? Address(WholeFile.ReadText(DataFolder.AddressFileIn(folder)))
                ?? new Uri($"http://{ServeSettings.DefaultHost}:{ServeSettings.DefaultPort}")
        );
    }

    private string? Variable(string name) => terminal.Variable(name) is { Length: > 0 } value ? value : null;

    private static Uri? Address(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" ? address : null;

    private static Uri? ReadAddress(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        var address = Address(text);
        if (address is null)
        {
            result.AddError($"--server is '{text}': give an address such as http://localhost:{ServeSettings.DefaultPort}.");
        }

        return address;
    }
}
