using System.CommandLine;

namespace ImageToText.Bench.Results;

/// <summary>Options of every command.</summary>
internal static class CommonOptions
{
    /// <summary>Where to save the figures as JSON.</summary>
    public static Option<DirectoryInfo> Results { get; } =
        new("--results")
        {
            Description = "The folder for results, one JSON file per command",
            DefaultValueFactory = static _ => new DirectoryInfo(Path.Combine("artifacts", "results")),
            Recursive = true,
        };

    /// <summary>Whether to check only that it works.</summary>
    public static Option<bool> Short { get; } =
        new("--short")
        {
            Description = "Takes seconds instead of minutes. It shows that the command works; its figures are not worth keeping",
            Recursive = true,
        };

    /// <summary>Where the reference pictures are.</summary>
    public static Option<DirectoryInfo> Fixtures() =>
        new("--fixtures")
        {
            Description = "The folder of reference pictures (images/), pictures to refuse (bad/) and the starter's reference captions",
            DefaultValueFactory = static _ => new DirectoryInfo(Path.Combine("tests", "Fixtures")),
        };
}
