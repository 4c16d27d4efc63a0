using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ImageToText.TestSupport;

/// <summary>The built program in its own process.</summary>
public sealed partial class StandaloneProcess : IDisposable
{
    // A program that doesn't end must fail its test, not block the whole suite.
    private static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Task<string> _error;
    private Task<string> _rest = Task.FromResult("");

    private StandaloneProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
    }

    public StreamReader Out => _process.StandardOutput;

    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>The sample pictures next to the program.</summary>
    public static string Samples { get; } = Path.Combine(AppContext.BaseDirectory, "samples");

    public static StandaloneProcess Start(
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        string? folder = null
    )
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? AppContext.BaseDirectory,
        };
        start.ArgumentList.Add("exec");
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "ImageToText.Standalone.dll"));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }
        // Settings of the person who runs the tests must not reach the program.
        foreach (
            string? name in start
                .Environment.Keys.Where(name =>
                    name.StartsWith("HF_", StringComparison.Ordinal)
                    || name.StartsWith("IMAGETOTEXT_", StringComparison.Ordinal)
                    || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)
                )
                .ToArray()
        )
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new StandaloneProcess(Process.Start(start)!);
    }

    /// <summary>Runs a command line to its end.</summary>
    public static async Task<ProcessResult> RunAsync(
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null,
        byte[]? input = null,
        CancellationToken cancellationToken = default
    )
    {
        using var process = Start(arguments, environment);
        process.ReadRest();
        if (input is not null)
        {
            await process.Input.WriteAsync(input, cancellationToken);
        }

        process.Input.Close();
        return await process.EndAsync(cancellationToken);
    }

    /// <summary>
    /// Reads its further output for <see cref="EndAsync"/> to return. A full pipe that nobody reads would block it.
    /// </summary>
    public void ReadRest() => _rest = Out.ReadToEndAsync(CancellationToken.None);

    /// <summary>
    /// Reads the output of 'serve' up to the last line of its banner, and its address. Then reads the rest as <see cref="ReadRest"/> does.
    /// </summary>
    /// <exception cref="InvalidOperationException">It ended instead.</exception>
    public async Task<(Uri Url, string Banner)> ReadBannerAsync(CancellationToken cancellationToken)
    {
        string banner = "";
        while (await Out.ReadLineAsync(cancellationToken) is { } line)
        {
            banner += line + "\n";
            // The line to paste is the last one.
            if (CurlLine().Match(line) is not { Success: true } match)
            {
                continue;
            }

            ReadRest();
            return (new Uri(match.Groups[1].Value), banner);
        }

        var ended = await EndAsync(cancellationToken);
        throw new InvalidOperationException($"It ended with {ended.Code}: {banner}{ended.Error}");
    }

    /// <summary>Its current physical memory, in bytes.</summary>
    public long Memory()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Sends a signal by name (INT, TERM).</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", ["-" + name, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits until it has ended.</summary>
    /// <exception cref="TimeoutException">It didn't end and was killed.</exception>
    public async Task<ProcessResult> EndAsync(CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(EndsWithin);
        try
        {
            await _process.WaitForExitAsync(enough.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _process.Kill();
            throw new TimeoutException($"It did not end within {EndsWithin}. It wrote:\n{await _rest}{await _error}");
        }

        return new ProcessResult(_process.ExitCode, await _rest, await _error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"curl -F image=@.* (http://\S+/)image-to-text")]
    private static partial Regex CurlLine();
}
