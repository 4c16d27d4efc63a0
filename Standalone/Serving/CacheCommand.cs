using System.CommandLine;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Serving;

/// <summary>
/// cache: runs the embedded cache in its own process, for services in other processes on a machine without Redis.
/// </summary>
internal sealed class CacheCommand(Terminal terminal, CommandRunner run)
{
    /// <summary>
    /// The environment variable that holds the password. Everyone on the machine could read it on the command line.
    /// </summary>
    public const string PasswordVariable = "CACHE_PASSWORD";

    private const int RedisPort = 6379;

    private readonly Option<int> _port = CommandLineOptions.Number("--port", ["-p"], "The port.", 1, 65535, RedisPort);

    public Command Create()
    {
        var command = new Command(
            "cache",
            $"Runs the embedded cache alone, on this machine's loopback address, for gateways and nodes that run separately. "
                + $"{PasswordVariable} holds its password."
        )
        {
            _port,
        };
        command.SetAction((parsed, _) => run(cancellationToken => RunAsync(parsed.GetValue(_port), cancellationToken)));
        return command;
    }

    private async Task<int> RunAsync(int port, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(PasswordVariable) is not { Length: > 0 } password)
        {
            throw new CommandException($"{PasswordVariable} is not set: set it to the password that clients must send.");
        }

        using var cache = new EmbeddedCache(port, password);
        try
        {
            cache.Start();
        }
        catch (CachePortTakenException e)
        {
            throw new CommandException($"{e.Message} Give another with --port.");
        }

        terminal.Out.WriteLine($"The embedded cache (Garnet) listens on 127.0.0.1:{port}. It keeps everything in memory.");
        terminal.Out.Flush();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (cancellationToken.Register(ended.SetResult))
        {
            await ended.Task;
        }

        return ExitCode.Success;
    }
}
