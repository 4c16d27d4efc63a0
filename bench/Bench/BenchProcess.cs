using System.Diagnostics;

namespace ImageToText.Bench;

/// <summary>Starts this program again in a process of its own.</summary>
internal static class BenchProcess
{
    /// <summary>How to start it with these arguments.</summary>
    public static ProcessStartInfo Start(params IEnumerable<string> arguments)
    {
        // "dotnet Bench.dll" runs under another name than Bench itself.
        string program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(BenchProcess).Assembly.Location] : [];
        return new ProcessStartInfo(program, [.. self, .. arguments]);
    }
}
