using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts;
using ImageToText.Contracts.Client;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>What the commands for a network share: a service to ask, and an answer to show to people or programs.</summary>
internal sealed class OperatorCommand(Terminal terminal, CommandRunner run)
{
    private readonly ServerOptions _server = new(terminal);

    /// <summary>Makes a command for a subject such as 'keys', with the options of its subcommands.</summary>
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
    /// <param name="ask">Asks the service.</param>
    /// <param name="json">The JSON form of the answer. It is made only when it is written, because that takes time.</param>
    /// <param name="show">Shows the answer to a person, and returns the exit code.</param>
    public void Answer<T>(
        Command command,
        Func<PricingClient, ParseResult, CancellationToken, Task<T>> ask,
        Func<ContractsJson, JsonTypeInfo<T>> json,
        Func<T, ParseResult, int> show
    ) => Run(command, ask, answer => Line(answer, json(ContractsJson.Default)), show);

    /// <summary>The same for a list, where each entry is an object and a line.</summary>
    public void AnswerList<T>(
        Command command,
        Func<PricingClient, ParseResult, CancellationToken, Task<IReadOnlyList<T>>> ask,
        Func<ContractsJson, JsonTypeInfo<T>> json,
        Action<IReadOnlyList<T>> show
    ) =>
        Run(
            command,
            ask,
            answer =>
            {
                var form = json(ContractsJson.Default);
                foreach (var entry in answer)
                {
                    Line(entry, form);
                }
            },
            (answer, _) =>
            {
                show(answer);
                return ExitCode.Success;
            }
        );

    /// <summary>Makes a command ask the service and show the result itself.</summary>
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

    /// <summary>Asks before doing something that can't be undone; false: the user declined.</summary>
    /// <exception cref="CommandException">There is nobody to ask.</exception>
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

    // This bypasses the screen, which would break long lines.
    private void Line<T>(T value, JsonTypeInfo<T> json) => terminal.Out.WriteLine(JsonSerializer.Serialize(value, json));
}
