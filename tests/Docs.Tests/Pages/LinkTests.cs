namespace ImageToText.Docs.Tests.Pages;

/// <summary>Links and anchors of every page lead somewhere.</summary>
public sealed class LinkTests
{
    public static TheoryData<string> Pages { get; } = [.. WorkingCopy.Pages];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_and_anchors_resolve(string path)
    {
        var page = DocPage.Read(path);
        Assert.All(
            page.Links,
            link =>
            {
                if (link.Contains("://", StringComparison.Ordinal) || link.StartsWith("mailto:", StringComparison.Ordinal))
                {
                    return;
                }

                string[] parts = link.Split('#', 2);
                string target = TargetOf(path, link);
                Assert.True(Path.Exists(WorkingCopy.PathOf(target)), $"{path}: {link} is a broken link.");
                if (parts.Length == 2)
                {
                    Assert.True(DocPage.Read(target).Anchors.Contains(parts[1]), $"{path}: {link}: {target} has no such heading.");
                }
            }
        );
    }

    [Fact]
    public void Every_page_is_reached_from_the_README()
    {
        HashSet<string> reached = [];
        Queue<string> next = new(["README.md"]);
        while (next.TryDequeue(out string? page))
        {
            if (reached.Add(page))
            {
                foreach (string? link in DocPage.Read(page).Links.Where(static link => !link.Contains("://", StringComparison.Ordinal)))
                {
                    string target = TargetOf(page, link);
                    if (target.EndsWith(".md", StringComparison.Ordinal))
                    {
                        next.Enqueue(target);
                    }
                }
            }
        }

        Assert.All(
            WorkingCopy.Pages.Where(static page => page.StartsWith("docs/", StringComparison.Ordinal)),
            page => Assert.True(reached.Contains(page), $"No link leads from README.md to {page}. Add it to docs/README.md.")
        );
    }

    [Fact]
    public void Paths_named_in_the_text_exist()
    {
        var files = WorkingCopy.Files.ToHashSet(StringComparer.Ordinal);
        var tops = files
            .Select(static file => file.Split('/')[0])
            .Where(static top => !top.Contains('.', StringComparison.Ordinal))
            .ToHashSet(StringComparer.Ordinal);
        Assert.All(
            WorkingCopy.PagesWithCommands.Select(DocPage.Read),
            page =>
                Assert.All(
                    page.Codes,
                    code =>
                    {
                        // One of our paths: it starts with one of our folders and isn't a pattern.
                        if (
                            code.Contains('/', StringComparison.Ordinal)
                            && tops.Contains(code.Split('/')[0])
                            && code.IndexOfAny([' ', '*', '{', '…', ':', '<', ',']) < 0
                        )
                        {
                            Assert.True(Path.Exists(WorkingCopy.PathOf(code)), $"{page.Path} names {code}, which does not exist.");
                        }
                    }
                )
        );
    }

    private static string TargetOf(string page, string link)
    {
        string path = link.Split('#')[0];
        return path.Length == 0
            ? page
            : Path.GetRelativePath(
                    WorkingCopy.Root,
                    Path.GetFullPath(Path.Combine(WorkingCopy.Root, Path.GetDirectoryName(page)!, Uri.UnescapeDataString(path)))
                )
                .Replace('\\', '/');
    }
}
