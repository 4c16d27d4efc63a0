namespace ImageToText.Captioning.Tests;

/// <summary>The repository's files that tests read.</summary>
internal static class TestFiles
{
    /// <summary>tests/Fixtures.</summary>
    public static string Fixtures { get; } = Path.Combine(Repository.Root, "tests", "Fixtures");

    /// <summary>models/starter.</summary>
    public static string Starter { get; } = Path.Combine(Repository.Root, "models", "starter");

    public static string Fixture(string name) => Path.Combine(Fixtures, name);

    /// <summary>A checkpoint of tests/Fixtures/families.</summary>
    public static string Family(string name) => Fixture(Path.Combine("families", name));
}
