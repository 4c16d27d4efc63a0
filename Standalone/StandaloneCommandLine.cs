using System.CommandLine;
using System.CommandLine.Help;
using System.Runtime.InteropServices;
using ImageToText.Captioning;
using ImageToText.InferenceService.Hub;
using ImageToText.Standalone.Captions;
using ImageToText.Standalone.Comparisons;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Operators;
using ImageToText.Standalone.Previews;
using ImageToText.Standalone.Serving;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone;

/// <summary>The command line: parses it, runs one command, and turns the outcome into an exit code.</summary>
internal sealed class StandaloneCommandLine
{
    /// <summary>The command's name when it is installed as a tool.</summary>
    private const string Name = "imagetotext";

    private readonly Terminal _terminal;

    public StandaloneCommandLine(Engine engine, Terminal terminal)
    {
        _terminal = terminal;
        var serve = new ServeCommand(terminal, RunServeAsync);
        // This is not a RootCommand, which would be named after the assembly; people know the program by its command.
        Root = new Command(Name, "Captions pictures on this machine. Without a command: serve.")
        {
            new HelpOption(),
            new VersionOption(),
            serve.Create(),
            new CaptionCommand(engine, terminal, RunAsync).Create(),
            new PreviewCommand(terminal, RunAsync).Create(),
            new ModelsCommand(engine, terminal, RunAsync).Create(new CompareCommand(engine, terminal, RunAsync).Create()),
            new KeysCommand(terminal, RunAsync, TimeProvider.System).Create(),
            new PricesCommand(terminal, RunAsync).Create(),
            new NodesCommand(terminal, RunAsync).Create(),
            new UsageCommand(terminal, RunAsync).Create(),
            new CacheCommand(terminal, RunAsync).Create(),
        };
        serve.AddTo(Root);
    }

    public Command Root { get; }

    /// <summary>Runs one command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(string[] args)
    {
        var parsed = Root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                _terminal.WriteError(error.Message);
            }

            _terminal.WriteError($"See '{string.Join(' ', [Root.Name, .. CommandPath(parsed)])} --help'.");
            return ExitCode.Usage;
        }

        // Signals are handled below.
        return await parsed.InvokeAsync(
            new InvocationConfiguration
            {
                Output = _terminal.Out,
                Error = _terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }
        );
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
            _terminal.WriteError("Interrupted.");
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
            _terminal.WriteError($"--{e.Option.Replace('_', '-')}: {e.Message}");
            return ExitCode.Usage;
        }
        catch (CommandException e)
        {
            _terminal.WriteError(e.Message);
            return e.ExitCode;
        }
        catch (Exception e) when (e is CaptioningException or HubException or IOException or UnauthorizedAccessException)
        {
            _terminal.WriteError(e.Message);
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
