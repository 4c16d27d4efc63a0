using System.Text.RegularExpressions;

namespace ImageToText.Docs.Tests.House;

/// <summary>A project's top folders depend on each other in one direction. A folder can be read without its dependents.</summary>
public sealed partial class FolderTests
{
    public static TheoryData<string> Projects { get; } =
    [
        "AppHost",
        "Captioning",
        "Client",
        "Contracts",
        "Gateway",
        "InferenceService",
        "PricingService",
        "ServiceDefaults",
        "Standalone",
        "bench/Bench",
    ];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Folders_have_no_dependency_cycles(string project)
    {
        var knows = Known(project);
        Assert.NotEmpty(knows);

        // Repeatedly remove folders without dependencies or dependents, until only cycles and what lies between them remain.
        while (knows.Keys.FirstOrDefault(folder => IsFree(folder, knows)) is { } free)
        {
            knows.Remove(free);
        }

        var names = knows
            .Select(folder => (folder.Key, Others: folder.Value.Where(knows.ContainsKey).Order(StringComparer.Ordinal)))
            .OrderBy(static folder => folder.Key, StringComparer.Ordinal)
            .ToArray();
        Assert.True(
            names.Length == 0,
            $"Cycles in {project}/: "
                + string.Join("; ", names.Select(static folder => $"{folder.Key} depends on {string.Join(", ", folder.Others)}"))
        );
    }

    [Fact]
    public void Usings_and_partly_qualified_names_count()
    {
        var knows = Known("Gateway");
        Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "Billing", "Errors", "Registry" }, knows["Pipeline"]);
        Assert.Matches(Qualified("Prices", ["Cost"]), "var cost = Prices.Cost.Of(1, 2);");
        Assert.DoesNotMatch(Qualified("Prices", ["Cost"]), "var cost = list.Prices.Cost;");
    }

    private static bool IsFree(string folder, Dictionary<string, HashSet<string>> knows) =>
        !knows[folder].Any(knows.ContainsKey) || !knows.Values.Any(others => others.Contains(folder));

    // For each folder, the project's other folders whose namespaces or types its files name.
    private static Dictionary<string, HashSet<string>> Known(string project)
    {
        var files = WorkingCopy
            .Files.Where(file => file.StartsWith(project + "/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal))
            .Select(file => (Path: file[(project.Length + 1)..].Split('/'), Code: Code(file)))
            .Where(static file => file.Path.Length > 1)
            .ToLookup(static file => file.Path[0], static file => file.Code);
        string name = Path.GetFileName(project);
        var folders = files.Select(static folder => folder.Key).ToHashSet(StringComparer.Ordinal);
        var qualified = files.ToDictionary(
            static folder => folder.Key,
            folder =>
                Qualified(
                    folder.Key,
                    folder.SelectMany(static code => Declared().Matches(code)).Select(static match => match.Groups[1].Value)
                ),
            StringComparer.Ordinal
        );
        return files.ToDictionary(
            static folder => folder.Key,
            folder =>
            {
                var others = folder
                    .SelectMany(static code => Used().Matches(code))
                    .Where(match => match.Groups[1].Value == name)
                    .Select(static match => match.Groups[2].Value)
                    .Concat(folders.Where(other => folder.Any(code => qualified[other].IsMatch(code))))
                    .ToHashSet(StringComparer.Ordinal);
                others.IntersectWith(folders);
                others.Remove(folder.Key);
                return others;
            },
            StringComparer.Ordinal
        );
    }

    // A folder's types, qualified by its name, as sibling folders may write them without a using.
    private static Regex Qualified(string folder, IEnumerable<string> types)
    {
        string names = string.Join('|', types.Append("-").Distinct(StringComparer.Ordinal).Select(Regex.Escape));
        return new($@"(?<![\w.]){folder}\.(?:\w+\.)?(?:{names})\b");
    }

    private static string Code(string file) =>
        string.Join(
            '\n',
            File.ReadLines(WorkingCopy.PathOf(file)).Where(static line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
        );

    [GeneratedRegex(@"\bImageToText\.(\w+)\.(\w+)")]
    private static partial Regex Used();

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum) ([A-Z]\w*)")]
    private static partial Regex Declared();
}
