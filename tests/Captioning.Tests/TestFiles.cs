namespace ImageToText.Captioning.Tests;

/// <summary>The repository's files that tests read.</summary>
internal static class TestFiles
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>tests/Fixtures.</summary>
    public static string Fixtures { get; } = Path.Combine(Root, "tests", "Fixtures");

    /// <summary>models/starter.</summary>
    public static string Starter { get; } = Path.Combine(Root, "models", "starter");

    public static string Fixture(string name) => Path.Combine(Fixtures, name);

    /// <summary>A checkpoint of tests/Fixtures/families.</summary>
    public static string Family(string name) => Fixture(Path.Combine("families", name));

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "ImageToText.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException("ImageToText.sln is in no folder above the tests.");
    }
}

/// <summary>A folder that is deleted after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("imagetotext-").FullName;

    public void Write(string file, string text) => File.WriteAllText(System.IO.Path.Combine(Path, file), text);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
