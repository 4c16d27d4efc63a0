using System.Xml.Linq;

namespace ImageToText.Docs.Tests.House;

/// <summary>Which project may reference which: compares the table in docs/contributing.md with the project files.</summary>
public sealed class ReferenceTests
{
    private const string Page = "docs/contributing.md";

    /// <summary>The table's rows: a project, and what it may reference.</summary>
    private static Dictionary<string, string[]> Table { get; } =
        File.ReadLines(WorkingCopy.PathOf(Page))
            .SkipWhile(static line => !line.StartsWith("| folder |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(static line => line.StartsWith('|'))
            .Select(static line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries))
            .ToDictionary(
                static cells => cells[0].Trim('`', '/'),
                static cells => cells[2].Split(", ", StringSplitOptions.RemoveEmptyEntries),
                StringComparer.Ordinal
            );

    public static TheoryData<string> Projects { get; } = [.. ProjectFiles().Select(static file => file.Split('/')[0])];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_table_allows(string project)
    {
        Assert.True(Table.TryGetValue(project, out string[]? allowed), $"{Page} has no row for {project}.");
        string file = ProjectFiles().Single(file => file.StartsWith(project + "/", StringComparison.Ordinal));
        var referred = XDocument
            .Load(WorkingCopy.PathOf(file))
            .Descendants("ProjectReference")
            .Where(static reference => reference.Attribute("Include") is not null)
            .Select(static reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')))
            .Order(StringComparer.Ordinal);
        Assert.Equal(allowed.Order(StringComparer.Ordinal), referred);
    }

    /// <summary>The product's projects, each in its own folder at the root.</summary>
    private static IEnumerable<string> ProjectFiles() =>
        WorkingCopy.Files.Where(static file => file.EndsWith(".csproj", StringComparison.Ordinal) && file.Count(static c => c == '/') == 1);
}
