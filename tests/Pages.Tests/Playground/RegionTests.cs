using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Playground;

/// <summary>Regions are drawn over their picture. The starter finds none, so the answer is scripted.</summary>
[Collection(typeof(OneAtATime))]
public sealed class RegionTests(PagesCluster cluster)
{
    [Fact]
    public async Task Boxes_lie_where_the_answer_says_and_are_listed()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        await GivenRegions.GiveAsync(visit.Page, 451, 300, ("cat", 113, 38, 338, 263));
        await visit.DropAsync("cat.png");
        var list = visit.Page.GetByRole(AriaRole.List, new() { Name = "Regions" });
        await Assertions.Expect(list.GetByRole(AriaRole.Listitem)).ToHaveTextAsync(["cat 113, 38 to 338, 263"]);

        var picture = (await visit.Page.Locator(".drawn-on img").BoundingBoxAsync())!;
        // Its position on the screen, without the stroke.
        double[] box = await visit
            .Page.Locator(".boxes polygon")
            .EvaluateAsync<double[]>(
                """
                box => {
                  const { x, y, width, height } = box.getBBox();
                  const { a, d, e, f } = box.getScreenCTM();
                  return [a * x + e, d * y + f, a * width, d * height];
                }
                """
            );
        double scale = picture.Width / 451;
        double[] expected = [picture.X + (113 * scale), picture.Y + (38 * scale), 225 * scale, 225 * scale];
        Assert.All(expected.Zip(box), static pair => Assert.Equal(pair.First, pair.Second, 1.0));
        Assert.NotEqual(await WithoutBoxesAsync(visit), await visit.Page.Locator(".drawn-on").ScreenshotAsync());
        Assert.Empty(await visit.AxeAsync());
        visit.AssertClean();
    }

    private static async Task<byte[]> WithoutBoxesAsync(Visit visit)
    {
        await visit.Page.EvaluateAsync("() => { document.querySelector('.boxes').style.visibility = 'hidden'; }");
        byte[] picture = await visit.Page.Locator(".drawn-on").ScreenshotAsync();
        await visit.Page.EvaluateAsync("() => { document.querySelector('.boxes').style.visibility = ''; }");
        return picture;
    }
}
