using System.Text;
using Spectre.Console;

namespace ImageToText.Standalone.Terminals;

/// <summary>
/// Where a command reads and writes. Results go to <see cref="Out"/> and everything else to <see cref="Error"/>, so that results
/// can be piped.
/// </summary>
internal sealed class Terminal : IDisposable
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Standard input as bytes.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Standard output as bytes.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Reads a line from standard input; null: there is nobody to ask.</summary>
    public Func<string?>? Ask { get; init; }

    /// <summary>Environment variables by their name.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Where to draw bars and tables; null if output is redirected or colours are off (NO_COLOR).</summary>
    public IAnsiConsole? Screen { get; init; }

    /// <summary>Whether standard output is <see cref="Screen"/>, so that lines must go through it while a bar is drawn.</summary>
    public bool ScreenShowsOutput { get; init; }

    public static Terminal OfProcess()
    {
        // Captions and paths are not always ASCII, and a byte order mark would not belong to them.
        if (OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        bool plain =
            !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") is "dumb";
        bool drawsError = !plain && !Console.IsErrorRedirected;
        bool drawsOutput = drawsError && !Console.IsOutputRedirected;
        return new Terminal
        {
            Out = Console.Out,
            Error = Console.Error,
            OpenInput = Console.OpenStandardInput,
            OpenOutput = Console.OpenStandardOutput,
            Ask = Console.IsInputRedirected ? null : Console.ReadLine,
            Screen = drawsError
                ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(drawsOutput ? Console.Out : Console.Error) })
                : null,
            ScreenShowsOutput = drawsOutput,
        };
    }

    /// <summary>Writes a line of results.</summary>
    public void WriteLine(string line)
    {
        if (Screen is not null && ScreenShowsOutput)
        {
            Screen.WriteLine(line);
        }
        else
        {
            Out.WriteLine(line);
        }
    }

    /// <summary>Writes a line that is not a result.</summary>
    public void WriteError(string line)
    {
        if (Screen is not null)
        {
            Screen.WriteLine(line);
        }
        else
        {
            Error.WriteLine(line);
        }
    }

    public void Dispose()
    {
        Out.Flush();
        Error.Flush();
    }
}
