using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Reference;

/// <summary>The API reference as people read it.</summary>
public sealed class ReferencePageTests(PagesCluster cluster)
{
    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 360)]
    public async Task Every_operation_is_listed_with_examples_and_axe_finds_nothing_wrong(ColorScheme colours, int width)
    {
        await using var visit = await Visit.OpenAsync(
            cluster,
            "/docs",
            new()
            {
                ColorScheme = colours,
                ViewportSize = new() { Width = width, Height = 900 },
            }
        );
        var caption = visit.Page.GetByRole(AriaRole.Article, new() { Name = "Caption a picture", Exact = true });
        await Assertions.Expect(caption.Locator("pre").First).ToContainTextAsync("-F 'image=@cat.png'");
        await caption.GetByLabel("Request: which example").SelectOptionAsync("Request: Word by word");
        await Assertions.Expect(caption.Locator("pre").First).ToContainTextAsync("stream=true");
        Assert.True(await visit.Page.GetByRole(AriaRole.Article).CountAsync() >= 14);
        Assert.Equal(
            await visit.Page.GetByRole(AriaRole.Article).CountAsync(),
            await visit.Page.Locator("article .examples pre:first-child, article .examples > div:first-child pre").CountAsync()
        );
        Assert.Equal(width, await visit.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        Assert.Empty(await visit.AxeAsync());
        visit.AssertClean();
    }
}
