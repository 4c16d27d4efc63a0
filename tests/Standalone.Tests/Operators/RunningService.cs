using ImageToText.Standalone.Serving;
using ImageToText.Standalone.Tests.Processes;

namespace ImageToText.Standalone.Tests.Operators;

/// <summary>A 'serve' in a process of its own, for all tests of a class.</summary>
public sealed class RunningService : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private StandaloneProcess? _process;

    /// <summary>Its data folder.</summary>
    public string Data => _folder.Path;

    /// <summary>Its address.</summary>
    public Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _process = StandaloneProcess.Start(["serve", "--port", "0", "--data", Data]);
        while (await _process.Out.ReadLineAsync(CancellationToken.None) is { } line)
        {
            // The last line of what it says.
            if (line.Contains("curl -F", StringComparison.Ordinal))
            {
                Address = new Uri((await File.ReadAllTextAsync(DataFolder.AddressFileIn(Data))).Trim());
                return;
            }
        }

        throw new InvalidOperationException("It ended: " + (await _process.EndAsync(CancellationToken.None)).Error);
    }

    /// <summary>Runs a command on the same machine.</summary>
    internal Task<Ended> RunAsync(params string[] arguments) => RunAsync(new Dictionary<string, string>(), [.. arguments, "--data", Data]);

    /// <summary>Runs a command that does not know the data folder.</summary>
    internal static async Task<Ended> RunAsync(Dictionary<string, string> variables, params string[] arguments)
    {
        using var terminal = new TestTerminal(variables: variables);
        var code = await new StandaloneCommandLine(Engine.Real, terminal.Terminal).RunAsync(arguments);
        return new Ended(code, terminal.Out + terminal.OutBytes, terminal.Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Signal("INT");
            await _process.EndAsync(CancellationToken.None);
            _process.Dispose();
        }

        _folder.Dispose();
    }
}
