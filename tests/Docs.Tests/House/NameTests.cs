using System.Text.RegularExpressions;

namespace ImageToText.Docs.Tests.House;

/// <summary>A name means one type: a project and those it refers to have no two types of one name in different namespaces.</summary>
public sealed partial class NameTests
{
    // A package for other programs, which read its names and not ours. The command line is such a program: it uses the client as they do.
    private const string Package = "Client";

    public static TheoryData<string> Projects { get; } = ["AppHost", "Client", "Standalone", "bench/Bench"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_name_means_one_type_in_a_project_and_those_below_it(string project)
    {
        var projects = WithReferences(project);
        Assert.NotEmpty(projects);

        var twice = projects
            .SelectMany(Types)
            .Distinct()
            .GroupBy(static type => type.Name, StringComparer.Ordinal)
            .Where(static types => types.Count() > 1)
            .Select(static types => $"{types.Key} in {string.Join(" and ", types.Select(static type => type.Namespace))}");

        Assert.Empty(twice);
    }

    [Fact]
    public void References_are_followed_to_their_end() =>
        Assert.Superset(
            new HashSet<string>(StringComparer.Ordinal) { "Gateway", "PricingService", "InferenceService", "Captioning", "Contracts" },
            WithReferences("Standalone")
        );

    private static HashSet<string> WithReferences(string project)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        Add(project);
        return found;

        void Add(string folder)
        {
            if (!found.Add(folder))
            {
                return;
            }

            string file = Assert.Single(
                WorkingCopy.Files,
                file => file.StartsWith(folder + "/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal)
            );
            foreach (Match match in Reference().Matches(File.ReadAllText(Path.Combine(WorkingCopy.Root, file))))
            {
                string path = Path.GetFullPath(Path.Combine(WorkingCopy.Root, folder, Path.GetDirectoryName(match.Groups[1].Value)!));
                string referred = Path.GetRelativePath(WorkingCopy.Root, path).Replace('\\', '/');
                if (referred != Package)
                {
                    Add(referred);
                }
            }
        }
    }

    private static IEnumerable<(string Namespace, string Name)> Types(string project) =>
        from file in WorkingCopy.Files
        where file.StartsWith(project + "/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)
        let code = File.ReadAllText(Path.Combine(WorkingCopy.Root, file))
        let room = Namespace().Match(code).Groups[1].Value
        from type in Declared().Matches(code)
        select (room, type.Groups[1].Value);

    [GeneratedRegex("""<ProjectReference Include="([^"]+)""")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    private const string Modifiers = "(?:(?:public|internal|sealed|static|abstract|partial|readonly|unsafe|ref) )+";
    private const string Kinds = @"(?:record struct|record|class|struct|interface|enum|delegate [\w<>?,]+)";

    // Types of a namespace; those within another type have its name before theirs.
    [GeneratedRegex($"^{Modifiers}{Kinds} " + @"(\w+)", RegexOptions.Multiline)]
    private static partial Regex Declared();
}
