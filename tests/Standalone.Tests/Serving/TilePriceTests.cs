using System.Net.Http.Json;
using System.Text.Json;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>A whole service with a model that cuts pictures into tiles: a dot costs as much as all views in which it is seen.</summary>
public sealed class TilePriceTests
{
    private const string Model = "smolvlm-tiles";

    // Ten views of 64 x 64 pixels at the recommended price.
    private const string Cost = "0.00001024";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dot_costs_its_views_in_the_quote_the_header_and_the_ledger()
    {
        await using var service = await ServingProcess.StartAsync(
            Cancelled,
            "--model",
            Path.Combine(Repository.Root, "tests/Fixtures/families", Model)
        );
        using var http = new HttpClient { BaseAddress = service.Address };

        var quote = await http.GetFromJsonAsync<JsonElement>($"/quote?width=1&height=1&model_id={Model}", Cancelled);
        using var form = Pictures.Form(Pictures.Png(1, 1), ("model_id", Model), ("max_new_tokens", "3"));
        using var answer = await http.PostAsync("/image-to-text", form, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));

        Assert.Equal(Cost, quote.GetProperty("offers")[0].GetProperty("cost_usd").GetDecimal().ToString("0.##########"));
        Assert.Equal(Cost, Assert.Single(answer.Headers.GetValues("x-cost-usd")));
        await Eventually.HoldsAsync(async () =>
        {
            var usage = await http.GetFromJsonAsync<JsonElement>("/usage", Cancelled);
            var total = usage.GetProperty("report").GetProperty("total");
            return total.GetProperty("pixels").GetInt64() == 10 * 64 * 64;
        });
    }
}
