using System.Diagnostics;
using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Playground;

/// <summary>Runs the playground's code exactly as copied.</summary>
[Collection(typeof(OneAtATime))]
public sealed class SnippetTests(PagesCluster cluster)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("curl", "bash", "ask.sh")]
    [InlineData("Python", "python3", "ask.py")]
    [InlineData("JavaScript", "node", "ask.mjs")]
    [InlineData("C#", "dotnet", "ask.cs")]
    public async Task Copied_code_requests_the_same_caption(string language, string program, string file)
    {
        await using var visit = await Visit.OpenAsync(cluster, options: new() { Permissions = ["clipboard-read", "clipboard-write"] });
        // Characters that each language must quote, and an option of each type.
        await visit.FillAsync("Prompt", "it's \"a\" $photo of");
        await visit.FillAsync("Beams", "2");
        await visit.Page.GetByText("More options").ClickAsync();
        await visit.FillAsync("Length penalty", "0.5");
        await visit.Page.GetByLabel("Early stopping", new() { Exact = true }).SelectOptionAsync("never");
        await visit.DropAsync("cat.png");
        await visit.CaptionAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Copy caption" }).ClickAsync();
        string caption = await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        await visit.Page.GetByText("Use it from code").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Tab, new() { Name = language, Exact = true }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Copy code" }).ClickAsync();
        string code = await visit.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()");
        visit.AssertClean();
        Assert.Contains(code.Split('\n'), static line => line.Contains("early_stopping") && line.Contains("never"));

        using var folder = new TemporaryFolder();
        folder.Write(file, code);
        File.Copy(PagesCluster.Sample("cat.png"), Path.Combine(folder.Path, "cat.png"));
        string output = await RunAsync(program, program == "dotnet" ? ["run", file] : [file], folder.Path);
        // Some snippets print the caption, others the answer's JSON.
        string? printed = output.Trim().StartsWith('{')
            ? System.Text.Json.JsonDocument.Parse(output).RootElement.GetProperty("text").GetString()
            : output.Trim();
        Assert.Equal(caption, printed);
    }

    private static async Task<string> RunAsync(string program, string[] arguments, string folder)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"{program} is not installed.");
            throw;
        }

        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync(Cancelled);
            var error = process.StandardError.ReadToEndAsync(Cancelled);
            await process.WaitForExitAsync(Cancelled);
            Assert.True(process.ExitCode == 0, await error + await output);
            return await output;
        }
    }
}
