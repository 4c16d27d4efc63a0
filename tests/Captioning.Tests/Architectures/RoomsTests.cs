using System.Text.RegularExpressions;

namespace ImageToText.Captioning.Tests.Architectures;

/// <summary>The engine's rooms as docs/contributing.md promises them: families are named in their own folders alone.</summary>
public sealed partial class RoomsTests
{
    private static readonly string Engine = Path.Combine(Repository.Root, "Captioning");

    [Fact]
    public void Nothing_outside_Architectures_names_a_family()
    {
        var named = Sources()
            .Where(static file => Room(file) is not "Architectures")
            .SelectMany(static file => Code(file).Where(static line => Families().IsMatch(line)).Select(line => $"{file}: {line.Trim()}"));
        Assert.Empty(named);
    }

    [Fact]
    public void Every_family_has_a_folder_of_its_own()
    {
        var folders = Directory.GetDirectories(Path.Combine(Engine, "Architectures")).Select(static folder => Path.GetFileName(folder)!);
        Assert.Equal(ModelFamilies.All.Count, folders.Count());
    }

    private static IEnumerable<string> Sources() =>
        Directory.EnumerateFiles(Engine, "*.cs", SearchOption.AllDirectories).Where(static file => Room(file) is not ("bin" or "obj"));

    // The folder of the engine that a file lies in; empty: none.
    private static string Room(string file) =>
        Path.GetRelativePath(Engine, file).Split(Path.DirectorySeparatorChar) is [var room, _, ..] ? room : "";

    private static IEnumerable<string> Code(string file) =>
        File.ReadLines(file).Where(static line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal));

    [GeneratedRegex("blip|trocr|manga", RegexOptions.IgnoreCase)]
    private static partial Regex Families();
}
