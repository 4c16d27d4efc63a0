using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace ImageToText.InferenceService.Tests.Processes;

/// <summary>The service as built, with the real engine and the starter model, in a process of its own.</summary>
internal sealed partial class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;
    private Task<string>? _output;

    private NodeProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public HttpClient Client { get; } = new();

    public static async Task<NodeProcess> StartAsync(string scratch, CancellationToken cancellationToken, params string[] settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        foreach (
            string argument in (string[])
                [
                    "exec",
                    Path.Combine(AppContext.BaseDirectory, "ImageToText.InferenceService.dll"),
                    "--urls=http://127.0.0.1:0",
                    .. settings,
                ]
        )
        {
            start.ArgumentList.Add(argument);
        }
        // Settings of the person who runs the tests must not reach the node.
        foreach (
            string? name in start
                .Environment.Keys.Where(name =>
                    name.StartsWith("HF_", StringComparison.Ordinal) || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)
                )
                .ToArray()
        )
        {
            start.Environment.Remove(name);
        }

        start.Environment["HF_HOME"] = scratch;
        start.Environment["XDG_DATA_HOME"] = scratch;
        var node = new NodeProcess(Process.Start(start)!);
        try
        {
            await node.WaitForAddressAsync(cancellationToken);
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a signal by name (TERM, KILL).</summary>
    public async Task SignalAsync(string name, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        await (_output ?? Task.CompletedTask);
        await _error;
        _process.Dispose();
    }

    private async Task WaitForAddressAsync(CancellationToken cancellationToken)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (Listening().Match(line) is not { Success: true } match)
            {
                continue;
            }

            Client.BaseAddress = new Uri(match.Groups[1].Value);
            _output = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return;
        }
        throw new InvalidOperationException("The node ended before it was listening: " + await _error);
    }

    [GeneratedRegex(@"Now listening on: (http://\S+)")]
    private static partial Regex Listening();
}
