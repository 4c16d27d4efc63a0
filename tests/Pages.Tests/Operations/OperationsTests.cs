using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ImageToText.Pages.Tests.Operations;

/// <summary>The operations page, against its own service, because the tests change prices and unload models.</summary>
public sealed class OperationsTests(PagesCluster cluster) : IClassFixture<PagesCluster>
{
    private static readonly LocatorAssertionsToContainTextOptions Soon = new() { Timeout = 60_000 };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_wrong_key_and_one_without_the_scope_are_refused_with_an_explanation()
    {
        await using var visit = await Visit.OpenAsync(cluster, "/operations", null, 401, 403);
        await visit.SignInAsync("itt_nobody");
        await Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("unknown, expired or revoked", Soon);
        await visit.SignInAsync(await cluster.MakeKeyAsync("""{"name":"a caller"}"""));
        await Expect(visit.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("lacks the scope 'operate'", Soon);
        Assert.Empty(await visit.AxeAsync());
        visit.AssertClean();
    }

    [Fact]
    public async Task Revoking_the_key_ends_the_session()
    {
        await using var visit = await SignedInAsync(refusals: 401);
        string other = await OperatorAsync();
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
    public async Task Live_numbers_and_errors_follow_the_traffic()
    {
        await using var visit = await SignedInAsync();
        var tiles = visit.Page.GetByTestId("tiles");
        await CaptionAsync("cat.png");
        await CaptionAsync("cat.png");
        await Expect(tiles).ToContainTextAsync(new Regex(@"Captions, last minute\s*[2-9]"), Soon);
        await Expect(tiles).ToContainTextAsync(new Regex(@"From the cache\s*[0-9.]+ %"), Soon);
        await Expect(visit.Page.GetByRole(AriaRole.Img, new() { Name = "Captions per second", Exact = false }))
            .ToHaveAttributeAsync("aria-label", new Regex(@"Delivered: .* last, [1-9].* at most"), new() { Timeout = 60_000 });

        using var refused = await cluster.Http.PostAsync("/image-to-text", Pictures.Form("no picture"u8.ToArray()), Cancelled);
        var row = visit
            .Page.GetByRole(AriaRole.Group, new() { Name = "Recent errors" })
            .GetByRole(AriaRole.Row)
            .Filter(
                new()
                {
                    Has = visit.Page.GetByRole(
                        AriaRole.Button,
                        new() { Name = $"copy the request id {refused.Headers.GetValues("x-request-id").Single()}" }
                    ),
                }
            );
        await Expect(row).ToContainTextAsync("unsupported_image", Soon);
        await Expect(row.GetByRole(AriaRole.Button, new() { NameRegex = new("copy the trace id [0-9a-f]{32}$") })).ToBeVisibleAsync();

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        await Expect(visit.Page.GetByText("Paused", new() { Exact = true })).ToBeVisibleAsync();
        visit.AssertClean();
    }

    [Fact]
    public async Task A_price_set_by_keyboard_alone_is_in_the_next_quote_until_it_is_withdrawn()
    {
        await using var visit = await SignedInAsync();
        var keyboard = visit.Page.Keyboard;
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Change the price of starter on standalone" }).FocusAsync();
        await keyboard.PressAsync("Enter");
        var dialog = visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Set a price" });
        await Expect(dialog.GetByLabel("Model")).ToBeFocusedAsync();
        await visit.TabToAsync(dialog.GetByLabel("Price per unit"));
        await keyboard.PressAsync("Control+a");
        await keyboard.TypeAsync("3e-10");
        await Expect(dialog).ToContainTextAsync("$0.0003 / MP");
        await visit.TabToAsync(dialog.GetByLabel("Note, for the history"));
        await keyboard.TypeAsync("dearer power");
        await keyboard.PressAsync("Enter");
        await Expect(visit.Page.GetByRole(AriaRole.Status)).ToContainTextAsync("The price for starter on standalone is set", Soon);
        await Eventually.HoldsAsync(async () => await QuotedAsync() == 0.0000000003m);
        await Expect(visit.Page.GetByRole(AriaRole.Group, new() { Name = "Prices in force" })).ToContainTextAsync("$0.0003 / MP", Soon);
        await Expect(visit.Page.GetByRole(AriaRole.Group, new() { Name = "Prices set by operators" }))
            .ToContainTextAsync("dearer power", Soon);

        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Withdraw the price for starter on standalone" }).FocusAsync();
        await keyboard.PressAsync("Enter");
        var asks = visit.Page.GetByRole(AriaRole.Dialog, new() { Name = "Withdraw the price for starter on standalone?" });
        await Expect(asks).ToBeVisibleAsync();
        await keyboard.PressAsync("Escape");
        await Expect(asks).ToBeHiddenAsync();
        Assert.Equal(0.0000000003m, await QuotedAsync());
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Withdraw the price for starter on standalone" }).FocusAsync();
        await keyboard.PressAsync("Enter");
        await visit.TabToAsync(asks.GetByRole(AriaRole.Button, new() { Name = "Withdraw" }));
        await keyboard.PressAsync("Enter");
        await Eventually.HoldsAsync(async () => await QuotedAsync() == 0.00000000025m);
        visit.AssertClean();
    }

    [Fact]
    public async Task An_invalid_price_is_refused_in_the_dialog_and_no_input_is_lost()
    {
        await using var visit = await SignedInAsync(refusals: 400);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Set a price" }).ClickAsync();
        await visit.FillAsync("Price per unit", "3e-10");
        await visit.FillAsync("Pixels per unit", "0");
        var dialog = visit.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Set", Exact = true }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Alert)).ToContainTextAsync("pixels", Soon);
        await Expect(dialog.GetByLabel("Price per unit")).ToHaveValueAsync("3e-10");
        visit.AssertClean();
    }

    [Fact]
    public async Task A_model_is_unloaded_and_loaded_and_a_node_drained_and_enabled()
    {
        await using var visit = await SignedInAsync();
        var models = visit.Page.GetByRole(AriaRole.Group, new() { Name = "Models of standalone" });
        await visit.ConfirmAsync("Unload starter on standalone", "Unload");
        await Expect(models).ToContainTextAsync("on demand", Soon);
        await Eventually.HoldsAsync(async () => await StateAsync() == "on_demand");
        await visit.ConfirmAsync("Load starter on standalone", "Load");
        await Expect(models).ToContainTextAsync("loaded", Soon);
        await Eventually.HoldsAsync(async () => await StateAsync() == "warm");

        var nodes = visit.Page.GetByRole(AriaRole.Group, new() { Name = "Nodes" });
        await visit.ConfirmAsync("Drain standalone", "Drain");
        await Expect(nodes).ToContainTextAsync("draining", Soon);
        await visit.ConfirmAsync("Enable standalone", "Enable");
        await Expect(nodes.GetByText("active", new() { Exact = true })).ToBeVisibleAsync(new() { Timeout = 60_000 });
        visit.AssertClean();
        // Wait until the gateway knows it, too, before other tests request captions.
        await Eventually.HoldsAsync(async () =>
        {
            using var form = Pictures.Form(await File.ReadAllBytesAsync(PagesCluster.Sample("cat.png"), Cancelled));
            using var answer = await cluster.Http.PostAsync("/image-to-text", form, Cancelled);
            return answer.IsSuccessStatusCode;
        });
    }

    [Fact]
    public async Task Spend_on_the_page_matches_the_ledger()
    {
        await CaptionAsync("cat.png", ("num_beams", "2"));
        await CaptionAsync("coffee.jpg", ("num_beams", "2"));
        await using var visit = await SignedInAsync();
        // Asking the gateway first makes it send everything to the ledger.
        var (anonymous, anonymousCaptions) = Total(
            (await cluster.Http.GetFromJsonAsync<JsonElement>("/usage", Cancelled)).GetProperty("report")
        );
        using var operating = cluster.Caller(await OperatorAsync());
        var (charged, captions) = Total(await operating.GetFromJsonAsync<JsonElement>("/operations/usage", Cancelled));
        await Expect(visit.Page.GetByTestId("spend-total")).ToContainTextAsync(charged, Soon);
        var statement = await visit.Page.RunAndWaitForDownloadAsync(() =>
            visit.Page.GetByRole(AriaRole.Button, new() { Name = "Accounts: CSV" }).ClickAsync()
        );
        Assert.Contains(",starter,", await File.ReadAllTextAsync(await statement.PathAsync(), Cancelled), StringComparison.Ordinal);
        foreach (
            var (region, name, spent, count) in new[]
            {
                ("Spend by model", "starter", charged, captions),
                ("Spend by key", "anonymous", anonymous, anonymousCaptions),
            }
        )
        {
            var row = visit
                .Page.GetByRole(AriaRole.Group, new() { Name = region })
                .GetByRole(AriaRole.Row)
                .Filter(new() { HasText = name });
            await Expect(row.GetByRole(AriaRole.Cell).Nth(0)).ToHaveTextAsync(spent, new() { Timeout = 60_000 });
            await Expect(row.GetByRole(AriaRole.Cell).Nth(1)).ToHaveTextAsync(count);
        }

        await visit.Page.GetByText("By day as a table").ClickAsync();
        await Expect(visit.Page.GetByRole(AriaRole.Group, new() { Name = "Spend by day" })).ToContainTextAsync(charged);
        await Expect(visit.Page.GetByRole(AriaRole.Img, new() { Name = "By day", Exact = false }))
            .ToHaveAttributeAsync("aria-label", new Regex(Regex.Escape(charged)));
        visit.AssertClean();

        static (string Charged, string Captions) Total(JsonElement report)
        {
            var total = report.GetProperty("total");
            return (
                "$" + total.GetProperty("charged_usd").GetDecimal().ToString("0.############", CultureInfo.InvariantCulture),
                total.GetProperty("captions").GetInt64().ToString("N0", CultureInfo.InvariantCulture)
            );
        }
    }

    [Fact]
    public async Task A_key_is_created_shown_once_and_revoked()
    {
        await using var visit = await SignedInAsync();
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
        await using var visit = await SignedInAsync();
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

        using var operating = cluster.Caller(await OperatorAsync());
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
        await using var visit = await SignedInAsync();
        using var operating = cluster.Caller(await OperatorAsync());
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
        await using var visit = await SignedInAsync();
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

    [Theory]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    public async Task Everybody_can_use_it(int width, int height, ColorScheme colours)
    {
        await CaptionAsync("cat.png");
        await using var visit = await SignedInAsync(
            new()
            {
                ColorScheme = colours,
                ViewportSize = new() { Width = width, Height = height },
            }
        );
        await Expect(visit.Page.GetByTestId("spend-total")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(visit.Page.GetByRole(AriaRole.Button, new() { Name = "Unload starter on standalone" }))
            .ToBeVisibleAsync(new() { Timeout = 60_000 });
        Assert.Empty(await visit.AxeAsync());
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Set a price" }).ClickAsync();
        Assert.Empty(await visit.AxeAsync());
        Assert.True(
            await visit.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"),
            "The page is wider than the screen."
        );
        visit.AssertClean();
    }

    private Task<string> OperatorAsync(string name = "operator") => cluster.MakeKeyAsync($$"""{"name":"{{name}}","scopes":["operate"]}""");

    private async Task<Visit> SignedInAsync(BrowserNewContextOptions? options = null, params int[] refusals)
    {
        var visit = await Visit.OpenAsync(cluster, "/operations", options, refusals);
        await visit.SignInAsync(await OperatorAsync(refusals.Contains(401) ? "operator to be revoked" : "operator"));
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Nodes", Exact = true }).WaitForAsync();
        return visit;
    }

    private async Task CaptionAsync(string sample, params (string Name, string Value)[] fields)
    {
        using var answer = await cluster.Http.PostAsync(
            "/image-to-text",
            Pictures.Form(await File.ReadAllBytesAsync(PagesCluster.Sample(sample), Cancelled), fields),
            Cancelled
        );
        answer.EnsureSuccessStatusCode();
    }

    private async Task<decimal> QuotedAsync()
    {
        var quote = await cluster.Http.GetFromJsonAsync<JsonElement>("/quote?width=10&height=10", Cancelled);
        return quote.GetProperty("offers")[0].GetProperty("usd_per_pixel").GetDecimal();
    }

    private async Task<string?> StateAsync()
    {
        var models = await cluster.Http.GetFromJsonAsync<JsonElement>("/models", Cancelled);
        return models
            .GetProperty("models")
            .EnumerateArray()
            .Single(static model => model.GetProperty("model_id").GetString() == "starter")
            .GetProperty("state")
            .GetString();
    }
}
