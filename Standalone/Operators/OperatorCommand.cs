using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts.Client;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>What the commands that run a network have in common: a service to ask, and an answer to show to people or programs.</summary>
internal sealed class OperatorCommand(Terminal terminal, CommandRunner run)
{
    private readonly ServerOptions _server = new(terminal);

    /// <summary>A command of a subject, such as 'keys', with the options of all below it.</summary>
    public Command Subject(string name, string description, params Command[] commands)
    {
        var subject = new Command(name, description);
        foreach (var command in commands)
        {
            subject.Subcommands.Add(command);
        }

        _server.AddTo(subject);
        return subject;
    }

    /// <summary>Makes a command ask the service and show its answer.</summary>
    /// <param name="command">The command.</param>
    /// <param name="ask">Asks.</param>
    /// <param name="json">The answer's form as JSON.</param>
    /// <param name="show">Shows it to a person, and says how the command ended.</param>
    public void Answer<T>(
        Command command,
        Func<PricingClient, ParseResult, CancellationToken, Task<T>> ask,
        JsonTypeInfo<T> json,
        Func<T, ParseResult, int> show
    ) => Run(command, ask, answer => Line(answer, json), show);

    /// <summary>The same for a list, of which each entry is an object and a line.</summary>
    public void AnswerList<T>(
        Command command,
        Func<PricingClient, ParseResult, CancellationToken, Task<IReadOnlyList<T>>> ask,
        JsonTypeInfo<T> json,
        Action<IReadOnlyList<T>> show
    ) =>
        Run(
            command,
            ask,
            answer =>
            {
                foreach (var entry in answer)
                {
                    Line(entry, json);
                }
            },
            (answer, _) =>
            {
                show(answer);
                return ExitCode.Success;
            }
        );

    /// <summary>Makes a command ask the service for something that it shows itself.</summary>
    public void Run(Command command, Func<PricingClient, ParseResult, CancellationToken, Task> ask) =>
        command.SetAction(
            (parsed, _) =>
                run(cancellationToken =>
                    _server
                        .Find(parsed)
                        .AskAsync(async pricing =>
                        {
                            await ask(pricing, parsed, cancellationToken);
                            return ExitCode.Success;
                        })
                )
        );

    /// <summary>Asks before something that can't be undone; false: it is not wanted.</summary>
    /// <exception cref="CommandException">Nobody can be asked.</exception>
    public bool IsWanted(string question, string otherwise)
    {
        if (terminal.Ask is null)
        {
            throw new CommandException(otherwise, ExitCode.Usage);
        }

        terminal.WriteError(question + " [y/N]");
        return terminal.Ask()?.Trim() is "y" or "Y" or "yes";
    }

    private void Run<T>(
        Command command,
        Func<PricingClient, ParseResult, CancellationToken, Task<T>> ask,
        Action<T> writeJson,
        Func<T, ParseResult, int> show
    ) =>
        command.SetAction(
            (parsed, _) =>
                run(async cancellationToken =>
                {
                    var answer = await _server.Find(parsed).AskAsync(pricing => ask(pricing, parsed, cancellationToken));
                    if (!_server.WantsJson(parsed))
                    {
                        return show(answer, parsed);
                    }

                    writeJson(answer);
                    return ExitCode.Success;
                })
        );

    // Never through the screen: it would break long lines.
    private void Line<T>(T value, JsonTypeInfo<T> json) => terminal.Out.WriteLine(JsonSerializer.Serialize(value, json));
}
