using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Playground;

/// <summary>With only a keyboard, with a screen reader, in dark mode, on a phone.</summary>
public sealed class ForEveryoneTests(PagesCluster cluster)
{
    [Fact]
    public async Task A_picture_is_captioned_with_the_keyboard_alone()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        var page = visit.Page;
        await page.Keyboard.PressAsync("Tab");
        await Assertions.Expect(page.GetByText("Skip to content")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await visit.TabToAsync(page.GetByLabel("Choose pictures"));
        await visit.TabToAsync(page.GetByRole(AriaRole.Button, new() { Name = "Cat" }));
        await page.Keyboard.PressAsync("Enter");
        await visit.CaptionAsync();

        // The code as well: arrow keys move along the tabs.
        await visit.TabToAsync(page.GetByText("Use it from code"));
        await page.Keyboard.PressAsync("Enter");
        await visit.TabToAsync(page.GetByRole(AriaRole.Tab, new() { Name = "curl" }));
        await page.Keyboard.PressAsync("ArrowLeft");
        await Assertions.Expect(page.GetByRole(AriaRole.Tab, new() { Name = "JavaScript" })).ToBeFocusedAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Tabpanel)).ToContainTextAsync("openAsBlob");
        visit.AssertClean();
    }

    [Fact]
    public async Task Progress_and_captions_are_announced()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        await visit.DropAsync("photographer.png");
        string caption = await visit.CaptionAsync();
        await Assertions
            .Expect(visit.Page.Locator("p[role=status]"))
            .ToHaveTextAsync(new System.Text.RegularExpressions.Regex($@"^photographer\.png: {caption}\. Confidence (<1|\d+)%\.$"));
        visit.AssertClean();
    }

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 1280)]
    [InlineData(ColorScheme.Light, 390)]
    public async Task Axe_finds_nothing_wrong(ColorScheme colours, int width)
    {
        await using var visit = await Visit.OpenAsync(
            cluster,
            options: new()
            {
                ColorScheme = colours,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = new() { Width = width, Height = 900 },
            },
            refusals: 415
        );
        Assert.Empty(await visit.AxeAsync());

        await visit.FillAsync("Alternatives", "3");
        await visit.DropAsync(("letter.png", "image/png", "Dear Sir"u8.ToArray()));
        await visit.Page.GetByRole(AriaRole.Alert).WaitForAsync();
        await visit.DropAsync("cat.png");
        await visit.CaptionAsync();
        foreach (string closed in (string[])["More options", "API key", "Request details", "Use it from code"])
        {
            await visit.Page.Locator("summary", new() { HasText = closed }).First.ClickAsync();
        }

        await visit.Page.GetByText("Sample: draw words at random").ClickAsync();
        Assert.Empty(await visit.AxeAsync());
        visit.AssertClean();
    }

    [Fact]
    public async Task The_visitors_choice_of_light_or_dark_is_kept()
    {
        await using var visit = await Visit.OpenAsync(cluster, options: new() { ColorScheme = ColorScheme.Light });
        string light = await GroundAsync(visit.Page);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Colours: system" }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Colours: light" }).ClickAsync();
        string dark = await GroundAsync(visit.Page);
        Assert.NotEqual(light, dark);
        await visit.Page.ReloadAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Colours: dark" }).WaitForAsync();
        Assert.Equal(dark, await GroundAsync(visit.Page));
        visit.AssertClean();
    }

    [Fact]
    public async Task Dark_mode_follows_the_system()
    {
        await using var light = await Visit.OpenAsync(cluster, options: new() { ColorScheme = ColorScheme.Light });
        await using var dark = await Visit.OpenAsync(cluster, options: new() { ColorScheme = ColorScheme.Dark });
        Assert.NotEqual(await GroundAsync(light.Page), await GroundAsync(dark.Page));
    }

    [Fact]
    public async Task On_a_phone_nothing_is_wider_than_the_screen_and_targets_are_large_enough()
    {
        await using var visit = await Visit.OpenAsync(
            cluster,
            options: new()
            {
                ViewportSize = new() { Width = 360, Height = 740 },
                HasTouch = true,
                IsMobile = true,
            }
        );
        await visit.FillAsync("Alternatives", "3");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Cat" }).TapAsync();
        await visit.CaptionAsync();
        await visit.Page.Locator("summary", new() { HasText = "Use it from code" }).TapAsync();
        Assert.Equal(360, await visit.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));
        string[] small = await visit.Page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll("button, select, input, summary")]
              .filter(one => one.checkVisibility() && !one.classList.contains("hidden") && one.type !== "checkbox" && one.getBoundingClientRect().height < 24)
              .map(one => one.outerHTML)
            """
        );
        Assert.Empty(small);
        visit.AssertClean();
    }

    private static Task<string> GroundAsync(IPage page) =>
        page.EvaluateAsync<string>("() => getComputedStyle(document.documentElement).backgroundColor");
}
