using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;
using ImageToText.Standalone.Captions;
using ImageToText.Standalone.Comparisons;
using ImageToText.Standalone.Jobs;
using ImageToText.Standalone.Mcp;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Operators;
using ImageToText.Standalone.Previews;
using ImageToText.Standalone.Serving;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone;

/// <summary>The command line: parses it, runs one command, and turns the outcome into an exit code.</summary>
internal sealed class StandaloneCommandLine(Engine engine, Terminal terminal)
{
    /// <summary>The command's name when it is installed as a tool.</summary>
    private const string Name = "imagetotext";

    /// <summary>The program with all of its commands. Without one, it serves.</summary>
    public Command Root
    {
        get
        {
            var root = RootWith(Commands.Values);
            Serve.AddTo(root);
            return root;
        }
    }

    private OrderedDictionary<string, Func<Command>> Commands =>
        new()
        {
            ["serve"] = () => Serve.Create(),
            ["caption"] = () => new CaptionCommand(engine, terminal, RunAsync).Create(),
            ["preview"] = () => new PreviewCommand(terminal, RunAsync).Create(),
            ["mcp"] = () => new McpCommand(engine, terminal, RunAsync).Create(),
            ["models"] = () =>
                new ModelsCommand(engine, terminal, RunAsync).Create(new CompareCommand(engine, terminal, RunAsync).Create()),
            ["jobs"] = () => new JobsCommand(terminal, RunAsync).Create(),
            ["keys"] = () => new KeysCommand(terminal, RunAsync, TimeProvider.System).Create(),
            ["accounts"] = () => new AccountsCommand(terminal, RunAsync).Create(),
            ["prices"] = () => new PricesCommand(terminal, RunAsync).Create(),
            ["nodes"] = () => new NodesCommand(terminal, RunAsync).Create(),
            ["usage"] = () => new UsageCommand(terminal, RunAsync).Create(),
            ["cache"] = () => new CacheCommand(terminal, RunAsync).Create(),
        };

    private ServeCommand Serve => field ??= new ServeCommand(terminal, RunServeAsync);

    /// <summary>Runs one command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(string[] args)
    {
        var root = RootOf(args);
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                terminal.WriteError(error.Message);
            }

            terminal.WriteError($"See '{string.Join(' ', [root.Name, .. CommandPath(parsed)])} --help'.");
            return ExitCode.Usage;
        }

        // Signals are handled below.
        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }
        );
    }

    /// <summary>The program with the one command that this line names: making all of them takes longer than parsing.</summary>
    private Command RootOf(string[] args) => args is [{ } name, ..] && Commands.TryGetValue(name, out var named) ? RootWith([named]) : Root;

    private static Command RootWith(IEnumerable<Func<Command>> commands)
    {
        // This is not a RootCommand, which would be named after the assembly; people know the program by its command.
        var root = new Command(Name, "Captions pictures on this machine. Without a command: serve.")
        {
            new HelpOption(),
            new VersionOption(),
        };
        foreach (var command in commands)
        {
            root.Add(command());
        }

        return root;
    }

    private static List<string> CommandPath(ParseResult parsed)
    {
        var names = new List<string>();
        for (var result = parsed.CommandResult; result.Parent is System.CommandLine.Parsing.CommandResult parent; result = parent)
        {
            names.Insert(0, result.Command.Name);
        }

        return names;
    }

    /// <summary>Ctrl-C and SIGTERM stop the command. A second one ends the process, as it would by default.</summary>
    private async Task<int> RunAsync(Func<CancellationToken, Task<int>> command)
    {
        using var interrupted = new CancellationTokenSource();
        void Interrupt(PosixSignalContext signal)
        {
            signal.Cancel = !interrupted.IsCancellationRequested;
            interrupted.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
        try
        {
            return await RunServeAsync(_ => command(interrupted.Token));
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            terminal.WriteError("Interrupted.");
            return ExitCode.Interrupted;
        }
    }

    /// <summary>While serving, the host handles signals, so that captions under way can finish.</summary>
    private async Task<int> RunServeAsync(Func<CancellationToken, Task<int>> command)
    {
        try
        {
            return await command(CancellationToken.None);
        }
        catch (CaptionOptionException e)
        {
            terminal.WriteError($"--{e.Option.Replace('_', '-')}: {e.Message}");
            return ExitCode.Usage;
        }
        catch (CommandException e)
        {
            terminal.WriteError(e.Message);
            return e.ExitCode;
        }
        catch (Exception e) when (e is CaptioningException or HubException or IOException or UnauthorizedAccessException)
        {
            terminal.WriteError(e.Message);
            return ExitCode.Failure;
        }
    }
}

/// <summary>Runs a command. Ctrl-C stops it, and a refusal becomes a message and an exit code.</summary>
internal delegate Task<int> CommandRunner(Func<CancellationToken, Task<int>> command);

/// <summary>Something that a command can't do, described so that the reader can act on it.</summary>
internal sealed class CommandException(string message, int exitCode = ExitCode.Failure) : Exception(message)
{
    /// <summary>The exit code, from <see cref="Standalone.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>How a command ended.</summary>
internal static class ExitCode
{
    /// <summary>Success.</summary>
    public const int Success = 0;

    /// <summary>Something failed: a picture, a model, a download.</summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong, or a value is out of range.</summary>
    public const int Usage = 2;

    /// <summary>Stopped by Ctrl-C: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
