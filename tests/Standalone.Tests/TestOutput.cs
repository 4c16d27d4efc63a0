using System.Text;

namespace ImageToText.Standalone.Tests;

/// <summary>A command's output, readable while other threads still write.</summary>
internal sealed class TestOutput : TextWriter
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _written = Once();

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => Write([value]);

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(ReadOnlySpan<char> buffer)
    {
        TaskCompletionSource written;
        lock (_gate)
        {
            _text.Append(buffer);
            (written, _written) = (_written, Once());
        }

        written.SetResult();
    }

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override string ToString()
    {
        lock (_gate)
        {
            return _text.ToString();
        }
    }

    /// <summary>Waits until the output contains a complete line.</summary>
    public async Task WaitForLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task written;
            lock (_gate)
            {
                if (_text.ToString().Contains(NewLine, StringComparison.Ordinal))
                {
                    return;
                }

                written = _written.Task;
            }

            await written.WaitAsync(cancellationToken);
        }
    }

    private static TaskCompletionSource Once() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
