using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ImageToText.Standalone.Tests.Clients;

/// <summary>A script of tests/Clients, which asks the service with a published client and prints what it was told.</summary>
internal static class NodeScript
{
    /// <summary>Skips the test if the clients aren't installed.</summary>
    public static void RequireClients() => Assert.SkipWhen(NodePackages.Missing is not null, NodePackages.Missing ?? "");

    /// <summary>Runs a script.</summary>
    /// <param name="script">Its file.</param>
    /// <param name="gateway">The service.</param>
    /// <param name="variables">Further environment variables.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public static async Task<JsonNode> RunAsync(
        string script,
        Uri gateway,
        IReadOnlyDictionary<string, string?> variables,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo("node", [script])
        {
            WorkingDirectory = NodePackages.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GATEWAY"] = gateway.ToString().TrimEnd('/');
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        string words = await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, await errors);
        return JsonNode.Parse(words)!;
    }
}
