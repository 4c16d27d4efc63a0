using System.Diagnostics;
using ImageToText.Docs.Tests.Pages;

namespace ImageToText.Docs.Tests.Commands;

/// <summary>
/// Runs every command of README.md and docs/ unchanged, page by page, against the current build.
/// </summary>
public sealed class CommandTests(Surroundings surroundings) : IClassFixture<Surroundings>
{
    // Programs that the docs' commands use in addition to Bash and the SDK.
    private static readonly string[] Programs = ["curl", "jq", "openssl", "sqlite3"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<string> Pages { get; } =
    [.. WorkingCopy.PagesWithCommands.Where(static page => DocPage.Read(page).Blocks.Count > 0)];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Commands_do_what_the_page_says(string page)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The docs' commands are for Bash.");
        var missing = Programs
            .Where(program =>
                DocPage.Read(page).Blocks.Any(block => block.NotRun is null && block.Code.Contains(program + " ", StringComparison.Ordinal))
            )
            .Where(static program => !Workplace.IsOnPath(program))
            .ToList();
        Assert.SkipWhen(missing.Count > 0, $"Not installed: {string.Join(", ", missing)}.");
        IReadOnlyList<string> skipped;
        await using (var run = new PageRun(DocPage.Read(page), surroundings.Variables, Cancelled))
        {
            skipped = await run.RunAsync();
        }

        Assert.SkipWhen(skipped.Count > 0, string.Join('\n', skipped));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Skipped_blocks_say_why(string page)
    {
        var leftOut = DocPage.Read(page).Blocks.Where(static block => block.NotRun is not null).ToList();
        Assert.All(
            leftOut,
            static block =>
            {
                var reason = Reason.Of(block);
                Assert.True(
                    reason is not null,
                    $"{block}: '{block.NotRun}' is no reason; known are: "
                        + $"{string.Join("; ", Reason.All.Select(static known => known.Words))}."
                );
                Assert.True(reason.Shows.IsMatch(block.Code), $"{block}: nothing in it {reason.Words}.");
            }
        );
        var here = leftOut.Where(static block => Reason.Of(block)!.IsHere()).ToList();
        Assert.SkipWhen(here.Count > 0, $"Try these by hand, because what they need is here: {string.Join(", ", here)}.");
    }

    // It builds again, which the suite has already done, so it runs only with -explicit.
    [Fact(Explicit = true)]
    public async Task The_literal_command_builds_and_captions()
    {
        Assert.SkipUnless(WorkingCopy.Configuration == "Debug", "'dotnet run' would build a different configuration from the tests'.");
        using var process = Process.Start(
            new ProcessStartInfo("dotnet", ["run", "--project", "Standalone", "--", "caption", "samples/cat.png"])
            {
                WorkingDirectory = WorkingCopy.Root,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(Cancelled);
        string output = await process.StandardOutput.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled);
        Assert.True(
            process.ExitCode == 0 && output.Contains("cat", StringComparison.Ordinal),
            $"It ended with {process.ExitCode} and wrote '{output}'.\n{await error}"
        );
    }
}
