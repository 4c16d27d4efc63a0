namespace ImageToText.Publishing.Tests;

/// <summary>
/// The files in deploy/ are exactly the published ones. The model's tests check their content (tests/AppHost.Tests/Deployed).
/// </summary>
public sealed class CheckedInTests(PublishedToCompose compose, PublishedChart chart)
    : IClassFixture<PublishedToCompose>,
        IClassFixture<PublishedChart>
{
    [Fact]
    public void The_compose_files_match_the_published_ones() => Same("deploy/compose", compose.Folder);

    [Fact]
    public void The_chart_matches_the_published_one() => Same("deploy/kubernetes/chart", chart.Folder);

    private static void Same(string folder, string published)
    {
        string kept = Path.Combine(Repository.Root, folder);
        Assert.Equal(Files(published), Files(kept));
        Assert.All(
            Files(kept),
            file => Assert.Equal(File.ReadAllText(Path.Combine(published, file)), File.ReadAllText(Path.Combine(kept, file)))
        );
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory
            .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file))
            .Order(StringComparer.Ordinal);
}
