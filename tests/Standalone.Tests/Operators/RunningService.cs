namespace ImageToText.Standalone.Tests.Operators;

/// <summary>A 'serve' process shared by all tests of a class.</summary>
public sealed class RunningService : IAsyncLifetime
{
    private ServingProcess? _process;

    /// <summary>Its data folder.</summary>
    public string Data => _process!.Data;

    /// <summary>Its address.</summary>
    public Uri Address => _process!.Address;

    /// <summary>Its current physical memory, in bytes.</summary>
    public long Memory() => _process!.Memory();

    /// <summary>Its stored operator token.</summary>
    public Task<string> OperatorTokenAsync(CancellationToken cancellationToken) => _process!.OperatorTokenAsync(cancellationToken);

    public async ValueTask InitializeAsync() => _process = await ServingProcess.StartAsync(CancellationToken.None);

    /// <summary>Runs a command on the same machine.</summary>
    internal Task<ProcessResult> RunAsync(params string[] arguments) =>
        RunAsync(new Dictionary<string, string>(), [.. arguments, "--data", Data]);

    /// <summary>Runs a command without the data folder.</summary>
    internal static async Task<ProcessResult> RunAsync(Dictionary<string, string> variables, params string[] arguments)
    {
        using var terminal = new TestTerminal(variables: variables);
        int code = await new StandaloneCommandLine(Engine.Real, terminal.Terminal).RunAsync(arguments);
        return new ProcessResult(code, terminal.Out + terminal.OutBytes, terminal.Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
