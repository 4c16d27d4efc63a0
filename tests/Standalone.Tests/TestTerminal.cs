using System.Text;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Tests;

/// <summary>A terminal whose output is redirected, as in a pipe.</summary>
internal sealed class TestTerminal : IDisposable
{
    private readonly TestOutput _out = new();
    private readonly TestOutput _error = new();
    private readonly MemoryStream _outBytes = new();

    public TestTerminal(byte[]? input = null, IReadOnlyDictionary<string, string>? variables = null) =>
        Terminal = new Terminal
        {
            Out = _out,
            Error = _error,
            OpenInput = () => new MemoryStream(input ?? []),
            OpenOutput = () => _outBytes,
            Variable = name => variables?.GetValueOrDefault(name),
        };

    public Terminal Terminal { get; }

    public string Out => _out.ToString();

    /// <summary>Waits for the first line of standard output.</summary>
    public Task WaitForLineAsync(CancellationToken cancellationToken) => _out.WaitForLineAsync(cancellationToken);

    /// <summary>The bytes written to standard output.</summary>
    public string OutBytes => Encoding.UTF8.GetString(_outBytes.ToArray());

    public string Error => _error.ToString();

    public string[] OutLines => Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    public void Dispose()
    {
        Terminal.Dispose();
        _out.Dispose();
        _error.Dispose();
        _outBytes.Dispose();
    }
}
