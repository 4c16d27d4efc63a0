using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Tests;

/// <summary>A terminal whose output is redirected, as in a pipe.</summary>
internal sealed class TestTerminal : IDisposable
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public TestTerminal(byte[]? input = null) => Terminal = new Terminal
    {
        Out = TextWriter.Synchronized(_out),
        Error = TextWriter.Synchronized(_error),
        OpenInput = () => new MemoryStream(input ?? []),
    };

    public Terminal Terminal { get; }

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public string[] OutLines => Out.Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);

    public void Dispose()
    {
        Terminal.Dispose();
        _out.Dispose();
        _error.Dispose();
    }
}
