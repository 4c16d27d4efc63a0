using System.Diagnostics;
using System.Globalization;

namespace ImageToText.Docs.Tests.Commands;

/// <summary>
/// Where a page's commands run, as for a reader who starts with that page: a fresh working copy (links to the repository's files), an
/// empty home folder, a few of the reader's own files, and the variables that earlier commands set.
/// </summary>
internal sealed class Workplace : IAsyncDisposable
{
    private static readonly string Dotnet =
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? path
            : Path.Combine(Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? FolderOf("dotnet") ?? "/usr/share/dotnet", "dotnet");

    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-docs-").FullName;
    private readonly int _port = LoopbackPort.Free();
    private readonly Dictionary<string, string> _environment;
    private int _runs;

    /// <param name="variables">Further environment variables.</param>
    public Workplace(IReadOnlyDictionary<string, string> variables)
    {
        foreach (string entry in Directory.EnumerateFileSystemEntries(WorkingCopy.Root))
        {
            string name = Path.GetFileName(entry);
            if (name is not (".git" or "artifacts" or "TestResults" or "data"))
            {
                _ = Directory.Exists(entry)
                    ? Directory.CreateSymbolicLink(Path.Combine(Copy, name), entry)
                    : File.CreateSymbolicLink(Path.Combine(Copy, name), entry);
            }
        }

        PutReadersFiles();
        string bin = Directory.CreateDirectory(Path.Combine(_folder, "bin")).FullName;
        Install(bin, "dotnet.sh", "dotnet");
        Install(bin, "end-service.sh", "end-service");
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        _environment = new(variables)
        {
            ["PATH"] = bin + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"),
            ["HOME"] = Directory.CreateDirectory(Path.Combine(_folder, "home")).FullName,
            ["NUGET_PACKAGES"] = Environment.GetEnvironmentVariable("NUGET_PACKAGES") ?? Path.Combine(home, ".nuget", "packages"),
            ["DOCS_DOTNET"] = Dotnet,
            ["DOCS_PROGRAM"] = AppContext.BaseDirectory,
            ["DOCS_CONFIGURATION"] = WorkingCopy.Configuration,
            ["DOCS_SERVICE"] = Path.Combine(_folder, "service"),
            ["DOCS_PORT"] = _port.ToString(CultureInfo.InvariantCulture),
            ["NO_COLOR"] = "1",
        };
    }

    /// <summary>The copy's root, where a page starts.</summary>
    public string Copy => Directory.CreateDirectory(Path.Combine(_folder, "ImageToText")).FullName;

    /// <summary>Runs lines of Bash with the folder and variables that earlier lines left.</summary>
    /// <returns>The exit code and the output, with the port that the docs name.</returns>
    public async Task<CommandResult> RunAsync(string code, CancellationToken cancellationToken)
    {
        string state = Path.Combine(_folder, "state");
        string script = Path.Combine(_folder, $"run-{++_runs}.sh");
        await File.WriteAllTextAsync(
            script,
            $"""
            [ -f '{state}' ] && . '{state}' 2> /dev/null
            set -eo pipefail
            keep() {"{"} local code=$?; set +e; (declare -p | grep -vE '^declare -[a-zA-Z]*r'; echo "cd '$PWD'") > '{state}'; exit $code; {"}"}
            trap keep EXIT
            {Here(code)}

            """,
            cancellationToken
        );

        var start = new ProcessStartInfo("bash", ["--noprofile", "--norc", script])
        {
            WorkingDirectory = Copy,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string? name in start.Environment.Keys.Where(IsOfTheOneWhoTests).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        string output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return new(process.ExitCode, AsWritten(output), AsWritten(await error));
    }

    /// <summary>Ends the service that the page started, as Ctrl-C does.</summary>
    public Task<CommandResult> EndServiceAsync(CancellationToken cancellationToken) => RunAsync("end-service", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await EndServiceAsync(CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The docs' port is replaced here, because several pages run at once and another service may use that port.</summary>
    public string Here(string code) =>
        code.Replace("localhost:8080", $"localhost:{_port}", StringComparison.Ordinal)
            .Replace("127.0.0.1:8080", $"127.0.0.1:{_port}", StringComparison.Ordinal);

    private string AsWritten(string output) =>
        output
            .Replace($":{_port}", ":8080", StringComparison.Ordinal)
            .Replace(_folder + "/home", "~", StringComparison.Ordinal)
            .Replace(Copy + "/", "", StringComparison.Ordinal);

    /// <summary>Files that the docs' commands expect the reader to have.</summary>
    private void PutReadersFiles()
    {
        string samples = WorkingCopy.PathOf("samples");
        File.Copy(Path.Combine(samples, "coffee.jpg"), Path.Combine(Copy, "photo.jpg"));
        string holidays = Directory.CreateDirectory(Path.Combine(Copy, "holidays", "2025")).FullName;
        File.Copy(Path.Combine(samples, "rocket.jpg"), Path.Combine(holidays, "rocket.jpg"));
        Directory.CreateDirectory(Path.Combine(Copy, "path", "to"));
        Directory.CreateSymbolicLink(Path.Combine(Copy, "path", "to", "folder"), WorkingCopy.PathOf("tests/Fixtures/blip-small-f32"));
    }

    private static bool IsOfTheOneWhoTests(string name) =>
        name.StartsWith("HF_", StringComparison.Ordinal)
        || name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)
        || name.StartsWith("OTEL_", StringComparison.Ordinal)
        || name.StartsWith("XDG_", StringComparison.Ordinal)
        || name is "BASH_ENV" or "ENV" or "KEY" or "AUTH_TOKEN" or "MODEL_ID";

    private static void Install(string bin, string script, string name)
    {
        string path = Path.Combine(bin, name);
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Commands", script), path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public static bool IsOnPath(string program) => FolderOf(program) is not null;

    private static string? FolderOf(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, program)));
}

/// <summary>How a command ended.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record CommandResult(int Code, string Out, string Error);
