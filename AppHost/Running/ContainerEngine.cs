using System.ComponentModel;
using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace ImageToText.AppHost.Running;

/// <summary>A container engine on this machine that answers.</summary>
/// <param name="Command">Its command, such as <c>docker</c>.</param>
internal sealed record ContainerEngine(string Command)
{
    private const string Setting = "ASPIRE_CONTAINER_RUNTIME";

    // A Docker Desktop that is still starting, or a socket whose daemon hangs, would hold up the whole start.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Finds the engine that Aspire is told to use, else Docker, else Podman; null: none of them answers.</summary>
    public static ContainerEngine? Find(IConfiguration configuration) =>
        Find(configuration[Setting] is { Length: > 0 } chosen ? [chosen] : ["docker", "podman"], Patience);

    /// <summary>
    /// Finds the first of several engines that answers. All are asked at once, and one that takes too long counts as absent.
    /// </summary>
    /// <param name="commands">Their commands.</param>
    /// <param name="patience">How long to wait for an answer.</param>
    public static ContainerEngine? Find(IReadOnlyList<string> commands, TimeSpan patience)
    {
        var asked = commands.Select(command => AnswersAsync(command, patience)).ToArray();
        // The rest of the model is built without waiting, and there is no context that this could block.
        bool[] answers = Task.WhenAll(asked).GetAwaiter().GetResult();
        int first = Array.IndexOf(answers, true);
        return first < 0 ? null : new ContainerEngine(commands[first]);
    }

    /// <summary>
    /// Makes Aspire use this engine. By itself, it might pick one whose command exists but whose daemon doesn't run.
    /// </summary>
    public void Choose(IConfiguration configuration) => configuration[Setting] = Command;

    /// <summary>Deletes volumes with all their contents, if they exist.</summary>
    /// <exception cref="DeploymentException">The engine refuses.</exception>
    public async Task DeleteVolumesAsync(IEnumerable<string> volumes, CancellationToken cancellationToken)
    {
        var (code, error) =
            await RunAsync(Command, ["volume", "rm", "--force", .. volumes], cancellationToken)
            ?? throw new DeploymentException($"{Command} can no longer be started.");
        if (code != 0)
        {
            throw new DeploymentException(
                $"'{Command} volume rm' failed: {error.Trim()} Stop whatever uses the volume ('{Command} ps --all' shows it) and try again."
            );
        }
    }

    // Aspire asks the same: it needs the daemon, not just the command.
    private static async Task<bool> AnswersAsync(string command, TimeSpan patience)
    {
        using var enough = new CancellationTokenSource(patience);
        try
        {
            return await RunAsync(command, ["container", "ls", "--last", "1", "--quiet"], enough.Token) is { Code: 0 };
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task<(int Code, string Error)?> RunAsync(
        string command,
        IEnumerable<string> arguments,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var error = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            await output;
            return (process.ExitCode, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
