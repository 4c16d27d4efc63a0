using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace ImageToText.Docs.Tests.House;

/// <summary>CHANGELOG.md follows Keep a Changelog, and the version is defined in one place.</summary>
public sealed partial class ChangelogTests
{
    private static readonly string[] Sections = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

    [Fact]
    public void Unreleased_comes_before_the_releases_newest_first()
    {
        string[] headings = Lines().Where(static line => line.StartsWith("## ", StringComparison.Ordinal)).ToArray();
        Assert.Equal("## [Unreleased]", headings[0]);
        var releases = headings.Skip(1).Select(static heading => ReleaseHeading().Match(heading)).ToArray();
        Assert.All(releases, static release => Assert.True(release.Success));
        Assert.Equal(
            releases.Select(static release => Version.Parse(release.Groups[1].Value)).OrderDescending(),
            releases.Select(static release => Version.Parse(release.Groups[1].Value))
        );
    }

    [Fact]
    public void Sections_follow_Keep_a_Changelog_in_order_and_entries_start_with_their_area()
    {
        int last = -1;
        foreach (string line in Lines())
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                last = -1;
            }

            if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                int section = Array.IndexOf(Sections, line[4..]);
                Assert.True(section > last, $"'{line}' is not a section of Keep a Changelog, or is out of order.");
                last = section;
            }

            if (line.StartsWith("- ", StringComparison.Ordinal))
            {
                Assert.True(Entry().IsMatch(line), $"Start the entry with its area and a colon: {line}");
            }
        }
    }

    [Fact]
    public void Entries_of_a_release_are_sorted_by_area()
    {
        string? before = null;
        foreach (string? line in Lines().SkipWhile(static line => !ReleaseHeading().IsMatch(line)))
        {
            if (!line.StartsWith("- ", StringComparison.Ordinal))
            {
                before = null;
                continue;
            }

            string area = Entry().Match(line).Groups[1].Value.Trim('`');
            Assert.True(StringComparer.OrdinalIgnoreCase.Compare(before, area) <= 0, $"'{area}' comes after '{before}'.");
            before = area;
        }
    }

    [Fact]
    public void The_version_is_defined_in_one_place()
    {
        string version = XDocument.Load(WorkingCopy.PathOf("Directory.Build.props")).Descendants("Version").Single().Value;
        Assert.Matches(@"^\d+\.\d+\.\d+(-dev)?$", version);
        var projects = WorkingCopy.Files.Where(static file => Path.GetExtension(file) is ".csproj" or ".targets");
        Assert.All(projects, file => Assert.Empty(XDocument.Load(WorkingCopy.PathOf(file)).Descendants("Version")));
        // Files generated from it have the same version.
        Assert.Contains($"version: \"{version}\"", Text("deploy/kubernetes/chart/Chart.yaml"), StringComparison.Ordinal);
        Assert.Contains($"gateway:{version}\"", Text("deploy/kubernetes/values.yaml"), StringComparison.Ordinal);
        Assert.Contains($"gateway:{version}}}", Text("deploy/compose/docker-compose.yaml"), StringComparison.Ordinal);
    }

    private static string Text(string file) => File.ReadAllText(WorkingCopy.PathOf(file));

    private static string[] Lines() => File.ReadAllLines(WorkingCopy.PathOf("CHANGELOG.md"));

    [GeneratedRegex(@"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$")]
    private static partial Regex ReleaseHeading();

    [GeneratedRegex("^- ([^:.]+): ")]
    private static partial Regex Entry();
}
