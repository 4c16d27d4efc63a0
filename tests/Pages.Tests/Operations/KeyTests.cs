using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ImageToText.Pages.Tests.Operations;

/// <summary>The operations page: keys.</summary>
[Collection(nameof(OperatedCluster))]
public sealed class KeyTests(PagesCluster cluster)
{
    private static readonly LocatorAssertionsToContainTextOptions Soon = new() { Timeout = 60_000 };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Revoking_the_key_ends_the_session()
    {
        await using var visit = await cluster.SignedInAsync(refusals: 401);
        string other = await cluster.OperatorAsync();
        using var client = cluster.Caller(other);
        foreach (
            var key in (await client.GetFromJsonAsync<JsonElement>("/operations/keys", Cancelled))
                .EnumerateArray()
                .Where(static key => key.GetProperty("settings").GetProperty("name").GetString() == "operator to be revoked")
        )
        {
            (await client.DeleteAsync($"/operations/keys/{key.GetProperty("key_id").GetString()}", Cancelled)).EnsureSuccessStatusCode();
        }

        await Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("unknown, expired or revoked", Soon);
        await Expect(visit.Page.GetByLabel("Operator key")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_key_is_created_shown_once_and_revoked()
    {
        await using var visit = await cluster.SignedInAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Make a key" }).ClickAsync();
        await visit.FillAsync("Name", "shop");
        await visit.FillAsync("USD a day", "1.5");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Make", Exact = true }).ClickAsync();
        string secret = (await visit.Page.GetByLabel("The key's secret").InnerTextAsync()).Trim();
        await visit.Page.Keyboard.PressAsync("Escape");
        using var caller = cluster.Caller(secret);
        using var usage = JsonDocument.Parse(await caller.GetStringAsync("/usage", Cancelled));
        Assert.Equal(1.5m, usage.RootElement.GetProperty("spend").GetProperty("left").GetDecimal());
        await Expect(visit.Page.GetByRole(AriaRole.Group, new() { Name = "API keys" })).ToContainTextAsync("$1.5 a day", Soon);

        await visit.ConfirmAsync("Revoke shop", "Revoke");
        await Eventually.HoldsAsync(async () => (await caller.GetAsync("/usage", Cancelled)).StatusCode == HttpStatusCode.Unauthorized);
        visit.AssertClean();
    }

    [Fact]
    public async Task A_keys_limits_are_changed_and_settings_not_on_the_page_stay()
    {
        string secret = await cluster.MakeKeyAsync(
            """{"name":"press","account":"paper","allowed_models":["starter"],"budget":{"per_day":1.5},"rate_limit":{"requests_per_minute":60,"burst":7}}"""
        );
        await using var visit = await cluster.SignedInAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Change press", Exact = true }).ClickAsync();
        var dialog = visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Change press" });
        await Expect(dialog.GetByLabel("USD a day")).ToHaveValueAsync("1.5");
        Assert.Empty(await visit.AxeAsync());
        await visit.FillAsync("USD a day", "");
        await visit.FillAsync("USD in all", "20");
        await visit.FillAsync("Maximum USD per pixel", "0.0000000001");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change", Exact = true }).ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The key press was changed", Soon);
        var row = visit
            .Page.GetByRole(AriaRole.Group, new() { Name = "API keys" })
            .GetByRole(AriaRole.Row)
            .Filter(new() { HasText = "press" });
        await Expect(row).ToContainTextAsync("$20 in all, 60 requests a minute, at most $0.0001 / MP, only starter", Soon);

        using var operating = cluster.Caller(await cluster.OperatorAsync());
        var key = (await operating.GetFromJsonAsync<JsonElement>("/operations/keys", Cancelled))
            .EnumerateArray()
            .Select(static key => key.GetProperty("settings"))
            .Single(static settings => settings.GetProperty("name").GetString() == "press");
        Assert.Equal(("paper", 7), (key.GetProperty("account").GetString(), key.GetProperty("rate_limit").GetProperty("burst").GetInt32()));
        Assert.Equal("""{"total":20}""", key.GetProperty("budget").GetRawText());

        // The starter's price is now above the key's cap. A cached caption would be free.
        using var caller = cluster.Caller(secret);
        caller.DefaultRequestHeaders.CacheControl = new() { NoCache = true };
        await Eventually.HoldsAsync(async () =>
        {
            using var refused = await caller.PostAsync(
                "/image-to-text",
                Pictures.Form(await File.ReadAllBytesAsync(PagesCluster.Sample("cat.png"), Cancelled)),
                Cancelled
            );
            return (await refused.Content.ReadAsStringAsync(Cancelled)).Contains("price_above_cap", StringComparison.Ordinal);
        });
        visit.AssertClean();
    }

    [Fact]
    public async Task A_keys_models_and_expiry_are_shown_and_changed_and_an_untouched_expiry_stays_exact()
    {
        string secret = await cluster.MakeKeyAsync(
            """{"name":"fair","allowed_models":["starter"],"expires_at":"2099-05-06T07:08:09+00:00"}"""
        );
        await using var visit = await cluster.SignedInAsync();
        using var operating = cluster.Caller(await cluster.OperatorAsync());
        var change = visit.Page.GetByRole(AriaRole.Button, new() { Name = "Change fair", Exact = true });
        var dialog = visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Change fair" });

        await change.ClickAsync();
        await Expect(dialog.GetByLabel("Only these models")).ToHaveValueAsync("starter");
        await visit.FillAsync("Only these models, separated by commas", "Salesforce/blip-image-captioning-large, other/model");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change", Exact = true }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        var settings = await SettingsAsync();
        Assert.Equal(
            ["Salesforce/blip-image-captioning-large", "other/model"],
            settings.GetProperty("allowed_models").EnumerateArray().Select(static model => model.GetString())
        );
        Assert.Equal(new DateTimeOffset(2099, 5, 6, 7, 8, 9, TimeSpan.Zero), settings.GetProperty("expires_at").GetDateTimeOffset());

        await change.ClickAsync();
        await visit.FillAsync("Only these models, separated by commas", "");
        await visit.FillAsync("Works until (your time)", "2020-01-02T03:04");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Change", Exact = true }).ClickAsync();
        await Expect(dialog).ToBeHiddenAsync();
        Assert.False((await SettingsAsync()).TryGetProperty("allowed_models", out _));
        using var caller = cluster.Caller(secret);
        await Eventually.HoldsAsync(async () => (await caller.GetAsync("/usage", Cancelled)).StatusCode == HttpStatusCode.Unauthorized);
        visit.AssertClean();

        async Task<JsonElement> SettingsAsync() =>
            (await operating.GetFromJsonAsync<JsonElement>("/operations/keys", Cancelled))
                .EnumerateArray()
                .Select(static key => key.GetProperty("settings"))
                .Single(static settings => settings.GetProperty("name").GetString() == "fair");
    }

    [Fact]
    public async Task A_key_is_rotated_and_the_old_secret_works_for_the_chosen_time()
    {
        using var before = cluster.Caller(await cluster.MakeKeyAsync("""{"name":"kiosk"}"""));
        await using var visit = await cluster.SignedInAsync();
        using var between = cluster.Caller(await RotateAsync("works for one more hour"));
        Assert.True((await between.GetAsync("/usage", Cancelled)).IsSuccessStatusCode);
        Assert.True((await before.GetAsync("/usage", Cancelled)).IsSuccessStatusCode);
        using var after = cluster.Caller(await RotateAsync("is refused at once"));
        Assert.True((await after.GetAsync("/usage", Cancelled)).IsSuccessStatusCode);
        await Eventually.HoldsAsync(async () => (await between.GetAsync("/usage", Cancelled)).StatusCode == HttpStatusCode.Unauthorized);
        visit.AssertClean();

        async Task<string> RotateAsync(string old)
        {
            await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Rotate kiosk", Exact = true }).ClickAsync();
            var dialog = visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Rotate kiosk?" });
            await dialog.GetByLabel("The old secret").SelectOptionAsync(old);
            Assert.Empty(await visit.AxeAsync());
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Rotate", Exact = true }).ClickAsync();
            string secret = (await visit.Page.GetByLabel("The key's secret").InnerTextAsync()).Trim();
            await visit.Page.Keyboard.PressAsync("Escape");
            return secret;
        }
    }
}
