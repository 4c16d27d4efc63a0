using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ImageToText.Pages.Tests.Operations;

/// <summary>The operations page: live numbers, prices, models, nodes and spend.</summary>
[Collection(nameof(OperatedCluster))]
public sealed class OperationsTests(PagesCluster cluster)
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
    public async Task A_job_is_shown_with_its_key_and_why_it_pauses_and_is_cancelled()
    {
        using var caller = cluster.Caller(await cluster.MakeKeyAsync("""{"name":"library","budget":{"total":0.000000001}}"""));
        string picture =
            "data:image/png;base64," + Convert.ToBase64String(await File.ReadAllBytesAsync(PagesCluster.Sample("cat.png"), Cancelled));
        // Nobody else asks for seven tokens: a caption in the cache would cost nothing, and the job would not pause.
        string line = $$$"""
            {"custom_id":"cat","method":"POST","url":"/v1/chat/completions","body":{"max_tokens":7,"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"{{{picture}}}"}}]}]}}
            """;
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new StringContent(line), "file", "library.jsonl" },
        };
        using var uploaded = await caller.PostAsync("/v1/files", form, Cancelled);
        var file = await uploaded.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        using var started = await caller.PostAsJsonAsync(
            "/v1/batches",
            new
            {
                input_file_id = file.GetProperty("id").GetString(),
                endpoint = "/v1/chat/completions",
                completion_window = "24h",
            },
            Cancelled
        );
        string id = (await started.Content.ReadFromJsonAsync<JsonElement>(Cancelled)).GetProperty("id").GetString()!;
        using var operating = cluster.Caller(await cluster.OperatorAsync());
        var jobs = await operating.GetFromJsonAsync<JsonElement>("/operations/jobs", Cancelled);
        var job = jobs.GetProperty("jobs").EnumerateArray().Single(job => job.GetProperty("id").GetString() == id);

        await using var visit = await cluster.SignedInAsync();
        var row = visit
            .Page.GetByRole(AriaRole.Row)
            .Filter(new() { Has = visit.Page.GetByRole(AriaRole.Progressbar, new() { Name = "Progress of " + id }) });
        await Expect(row).ToContainTextAsync("budget_exhausted", Soon);
        await Expect(row).ToContainTextAsync("paused");
        await Expect(row).ToContainTextAsync("0 of 1");
        await Expect(row).ToContainTextAsync(job.GetProperty("key_id").GetString()!);

        await row.GetByRole(AriaRole.Button, new() { Name = "Cancel " + id }).ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "Cancel the job" }).ClickAsync();
        await Expect(row).ToContainTextAsync("cancelled", Soon);
        await Expect(row.GetByRole(AriaRole.Button, new() { Name = "Cancel " + id })).ToHaveCountAsync(0);
        visit.AssertClean();
    }

    [Fact]
    public async Task Live_numbers_and_errors_follow_the_traffic()
    {
        await using var visit = await cluster.SignedInAsync();
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
        await using var visit = await cluster.SignedInAsync();
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
        await using var visit = await cluster.SignedInAsync(refusals: 400);
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
        await using var visit = await cluster.SignedInAsync();
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
        await using var visit = await cluster.SignedInAsync();
        // Asking the gateway first makes it send everything to the ledger.
        var (anonymous, anonymousCaptions) = Total(
            (await cluster.Http.GetFromJsonAsync<JsonElement>("/usage", Cancelled)).GetProperty("report")
        );
        using var operating = cluster.Caller(await cluster.OperatorAsync());
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

    [Theory]
    [InlineData(1280, 900, ColorScheme.Light)]
    [InlineData(1280, 900, ColorScheme.Dark)]
    [InlineData(390, 844, ColorScheme.Light)]
    public async Task Everybody_can_use_it(int width, int height, ColorScheme colours)
    {
        await CaptionAsync("cat.png");
        await using var visit = await cluster.SignedInAsync(
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
