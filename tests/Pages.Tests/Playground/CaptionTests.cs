using System.Text;
using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Playground;

/// <summary>Captions for pictures, by every way of providing one.</summary>
[Collection(typeof(OneAtATime))]
public sealed class CaptionTests(PagesCluster cluster)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dropped_picture_is_captioned_as_by_the_API()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        await visit.DropAsync("cat.png");
        string caption = await visit.CaptionAsync();

        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(PagesCluster.Sample("cat.png"), Cancelled)), "image", "cat.png" },
            { new StringContent("1"), "num_beams" },
        };
        using var answer = await cluster.Http.PostAsync("/image-to-text", form, Cancelled);
        Assert.Contains($"\"{caption}\"", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        visit.AssertClean();
    }

    [Fact]
    public async Task The_chosen_model_says_what_it_does_with_a_prompt()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        var prompt = visit.Page.GetByLabel("Prompt", new() { Exact = true });
        await Assertions.Expect(prompt).ToHaveAccessibleDescriptionAsync("The caption begins with these words.");
        visit.AssertClean();
    }

    [Fact]
    public async Task A_pasted_picture_is_captioned()
    {
        await using var visit = await Visit.OpenAsync(cluster, options: new() { Permissions = ["clipboard-read", "clipboard-write"] });
        await visit.Page.EvaluateAsync(
            """
            async () => {
              const picture = await (await fetch("/samples/photographer.png")).blob();
              await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
            }
            """
        );
        await visit.Page.Keyboard.PressAsync("Control+V");
        Assert.NotEmpty(await visit.CaptionAsync());
        visit.AssertClean();
    }

    [Fact]
    public async Task Several_picked_pictures_each_get_a_caption_and_a_damaged_one_a_reason()
    {
        await using var visit = await Visit.OpenAsync(cluster, refusals: 415);
        await visit
            .Page.GetByLabel("Choose pictures")
            .SetInputFilesAsync([
                await FileAsync("cat.png", "image/png"),
                await FileAsync("rocket.jpg", "image/jpeg"),
                new()
                {
                    Name = "letter.png",
                    MimeType = "image/png",
                    Buffer = Encoding.UTF8.GetBytes("Dear Sir or Madam"),
                },
            ]);
        Assert.NotEmpty(await visit.CaptionAsync(0));
        Assert.NotEmpty(await visit.CaptionAsync(1));
        await Assertions
            .Expect(visit.Page.GetByRole(AriaRole.Article, new() { Name = "letter.png" }).GetByRole(AriaRole.Alert))
            .ToContainTextAsync("This is not a picture that can be read");
        visit.AssertClean();
    }

    [Fact]
    public async Task A_caption_appears_word_by_word_each_with_its_confidence()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        await visit.Page.EvaluateAsync(
            """
            () => {
              globalThis.seen = new Set();
              new MutationObserver(() => {
                const words = [...document.querySelectorAll(".words .word")].map(word => word.textContent);
                if (words.length > 0) globalThis.seen.add(words.join(" "));
              }).observe(document.body, { childList: true, subtree: true, characterData: true });
            }
            """
        );
        await visit.Page.GetByText("More options").ClickAsync();
        await visit.FillAsync("Minimum tokens", "24");
        await visit.FillAsync("Maximum tokens", "24");
        await visit.DropAsync("coffee.jpg");
        string caption = await visit.CaptionAsync();

        string[] seen = await visit.Page.EvaluateAsync<string[]>("() => [...globalThis.seen]");
        Assert.True(seen.Length >= 3, $"Only {seen.Length} states were seen: {string.Join(" | ", seen)}");
        Assert.All(seen, state => Assert.StartsWith(state[..^1], caption, StringComparison.Ordinal));
        int words = await visit.Page.Locator(".words li").CountAsync();
        Assert.Equal(words, await visit.Page.Locator(".words .percent").CountAsync());
        Assert.Matches(@"^(<1|\d+)%", (await visit.Page.Locator(".words .percent").AllInnerTextsAsync())[0]);
        visit.AssertClean();
    }

    [Fact]
    public async Task Beams_give_alternatives_and_words_still_have_confidence()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        await visit.FillAsync("Alternatives", "3");
        await visit.DropAsync("astronaut.jpg");
        string caption = await visit.CaptionAsync();
        var alternatives = await visit.Page.Locator(".alternatives > li > span:first-child").AllInnerTextsAsync();
        Assert.Equal(3, alternatives.Count);
        Assert.Equal(caption, alternatives[0]);
        Assert.Equal(3, alternatives.Distinct().Count());
        Assert.Equal(await visit.Page.Locator(".words li").CountAsync(), await visit.Page.Locator(".words .percent").CountAsync());
        visit.AssertClean();
    }

    [Fact]
    public async Task Cost_node_and_timings_are_shown()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        await visit.FillAsync("Prompt", $"a picture {Guid.NewGuid():N} of");
        await visit.DropAsync("rocket.jpg");
        await visit.CaptionAsync();
        var run = visit.Page.GetByRole(AriaRole.Article);
        await Assertions.Expect(run.GetByText("Newly captioned")).ToBeVisibleAsync();
        await Assertions.Expect(run.GetByText("$0.0000")).ToBeVisibleAsync();
        await Assertions.Expect(run.Locator(".legend")).ToContainTextAsync("Generate");
        await run.GetByText("Request details").ClickAsync();
        await Assertions.Expect(run.Locator(".facts")).ToContainTextAsync("standalone");

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Caption again" }).ClickAsync();
        await Assertions.Expect(visit.Page.GetByText("From the cache")).ToBeVisibleAsync();
        await Assertions.Expect(visit.Page.GetByText("Free", new() { Exact = true })).ToBeVisibleAsync();

        // The first run is now in the history and can be reopened.
        var history = visit.Page.GetByRole(AriaRole.Region, new() { Name = "History" });
        await history.GetByRole(AriaRole.Button, new() { Name = "rocket.jpg" }).ClickAsync();
        await Assertions.Expect(history.GetByText("Newly captioned")).ToBeVisibleAsync();
        await history.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        await Assertions.Expect(history).ToBeHiddenAsync();
        visit.AssertClean();
    }

    [Fact]
    public async Task An_option_out_of_range_is_shown_at_its_field_and_nothing_is_sent()
    {
        await using var visit = await Visit.OpenAsync(cluster);
        await visit.FillAsync("Beams", "99");
        await visit.DropAsync("cat.png");
        await Assertions.Expect(visit.Page.GetByLabel("Beams", new() { Exact = true })).ToBeFocusedAsync();
        await Assertions.Expect(visit.Page.GetByRole(AriaRole.Article)).ToHaveCountAsync(0);
        visit.AssertClean();
    }

    [Fact]
    public async Task A_key_is_used_kept_for_this_tab_only_and_its_limit_is_explained()
    {
        string key = await cluster.MakeKeyAsync("""{"name":"playground","rate_limit":{"requests_per_minute":1,"burst":1}}""");
        await using var visit = await Visit.OpenAsync(cluster, refusals: 429);
        await visit.Page.GetByText("API key", new() { Exact = true }).First.ClickAsync();
        await visit.FillAsync("API key", key);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Use" }).ClickAsync();
        await visit.DropAsync("cat.png");
        await visit.CaptionAsync();
        await visit.DropAsync("coffee.jpg");
        var alert = visit.Page.GetByRole(AriaRole.Article).First.GetByRole(AriaRole.Alert);
        await Assertions.Expect(alert).ToContainTextAsync("Too much at once");
        await Assertions.Expect(alert).ToContainTextAsync("Try again in");

        Assert.Equal("null", await visit.Page.EvaluateAsync<string>("() => String(localStorage.getItem('api-key'))"));
        Assert.Equal(key, await visit.Page.EvaluateAsync<string>("() => sessionStorage.getItem('api-key')"));
        Assert.DoesNotContain(key, await visit.Page.ContentAsync(), StringComparison.Ordinal);
        visit.AssertClean();
    }

    private static async Task<FilePayload> FileAsync(string sample, string type) =>
        new()
        {
            Name = sample,
            MimeType = type,
            Buffer = await File.ReadAllBytesAsync(PagesCluster.Sample(sample), Cancelled),
        };
}
