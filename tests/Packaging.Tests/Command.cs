namespace ImageToText.Packaging.Tests;

/// <summary>A command line run to its end, as somebody types it in a folder of their own.</summary>
internal static class Command
{
    /// <summary>The folder of the .NET that runs these tests: programs that are started look for it.</summary>
    public static string DotnetRoot { get; } =
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));

    public static async Task<ProcessResult> RunAsync(
        string folder,
        string program,
        string[] arguments,
        IReadOnlyDictionary<string, string>? environment = null
    )
    {
        using var process = Start(folder, program, arguments, environment);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return new ProcessResult(process.ExitCode, await output, await error);
    }

    public static Process Start(string folder, string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the person, or the build, that runs the tests has set must not reach the program.
        foreach (string? name in start.Environment.Keys.Where(IsOurs).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["DOTNET_ROOT"] = DotnetRoot;
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static bool IsOurs(string name) =>
        name is "CI" or "Gpu"
        || ((string[])["HF_", "IMAGETOTEXT_", "ASPNETCORE_", "MSBUILD", "TESTINGPLATFORM_"]).Any(prefix =>
            name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
        );
}
