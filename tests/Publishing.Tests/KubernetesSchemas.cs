using System.Diagnostics;

namespace ImageToText.Publishing.Tests;

/// <summary>
/// The JSON schemas that Kubernetes publishes, from the npm package kubernetes-models: types, required fields and enumerations. Needs
/// Node.js and <c>npm ci</c> in tests/Publishing.Tests/Schemas.
/// </summary>
internal static class KubernetesSchemas
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests/Publishing.Tests/Schemas");

    /// <summary>Checks YAML documents.</summary>
    /// <returns>"apiVersion kind name" of each valid document.</returns>
    /// <exception cref="InvalidDataException">A document is invalid. The message says which one, and why.</exception>
    public static async Task<string[]> CheckAsync(string documents, CancellationToken cancellationToken)
    {
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(Folder, "node_modules")),
            "The schemas aren't installed: run 'npm ci' in tests/Publishing.Tests/Schemas."
        );
        using var node = Process.Start(
            new ProcessStartInfo("node", ["validate.mjs"])
            {
                WorkingDirectory = Folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var told = node.StandardOutput.ReadToEndAsync(cancellationToken);
        var faults = node.StandardError.ReadToEndAsync(cancellationToken);
        await node.StandardInput.WriteAsync(documents.AsMemory(), cancellationToken);
        node.StandardInput.Close();
        await node.WaitForExitAsync(cancellationToken);
        return node.ExitCode == 0
            ? (await told).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            : throw new InvalidDataException(await faults);
    }
}
