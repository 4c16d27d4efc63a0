using ImageToText.Contracts;

namespace ImageToText.Docs.Tests.Options;

/// <summary>The table of errors in the docs is written from the table of errors in the code.</summary>
public sealed class ErrorPageTests
{
    private const string Page = "docs/api.md";
    private const string Begin = "<!-- errors: written by the tests -->\n";
    private const string End = "<!-- errors end -->";
    private const string Rewrite = "UPDATE_DOCS";

    [Fact]
    public void The_page_on_the_api_has_the_table()
    {
        string path = WorkingCopy.PathOf(Page);
        string page = File.ReadAllText(path);
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        string expected = page[..begin] + Table() + page[page.IndexOf(End, StringComparison.Ordinal)..];
        if (Environment.GetEnvironmentVariable(Rewrite) is not null)
        {
            File.WriteAllText(path, expected);
            return;
        }

        Assert.True(
            expected == page,
            $"{Page} doesn't match ErrorCodeTable. Update it: "
                + $"{Rewrite}=1 dotnet test --project tests/Docs.Tests -- --filter-class \"*ErrorPageTests\""
        );
    }

    private static string Table() =>
        "| status | code | what it means | what to do |\n|---|---|---|---|\n"
        + string.Concat(ErrorCodeTable.All.Select(static kind => $"| {kind.Status} | `{kind.Code}` | {kind.Meaning} | {kind.Remedy} |\n"));
}
