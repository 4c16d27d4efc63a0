namespace ImageToText.TestSupport;

/// <summary>What <c>npm ci</c> installs in tests/Clients, and Node.js, which runs it.</summary>
public static class NodePackages
{
    /// <summary>The folder with the scripts and their packages.</summary>
    public static string Folder { get; } = Path.Combine(Repository.Root, "tests", "Clients");

    /// <summary>Why they can't run; null: they can.</summary>
    public static string? Missing =>
        !IsOnPath("node") ? "Node.js is not installed."
        : !Directory.Exists(Path.Combine(Folder, "node_modules")) ? "The clients aren't installed: run 'npm ci' in tests/Clients."
        : null;

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)) || File.Exists(Path.Combine(folder, program + ".exe")));
}
