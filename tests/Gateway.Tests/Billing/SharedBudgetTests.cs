using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Billing;

/// <summary>Budgets of accounts and of models, as gateways spend them.</summary>
public sealed class SharedBudgetTests
{
    private const decimal CostOfOne = 0.000065536m;
    private const string Other = "other";
    private static readonly byte[] Square = Pictures.Png(512, 512);

    [Fact]
    public async Task A_caption_must_fit_the_budgets_of_its_model_and_its_account()
    {
        await using var cluster = await TestCluster.BuildAsync(gateways: 2);
        cluster.Register(static (_, node) => node with { Models = [.. node.Models, node.Models[0] with { ModelId = Other }] });
        await Eventually.HoldsAsync(() =>
            cluster.Service<Registry.Network>(0).View.OffersOf(Other).Count > 0
            && cluster.Service<Registry.Network>(1).View.OffersOf(Other).Count > 0
        );
        cluster.Pricing.SetAccountBudget("acme", 4.5m * CostOfOne);
        string alice = cluster.Pricing.AddKey(
            new KeySettings(
                "alice",
                "acme",
                ModelBudgets: new Dictionary<string, Budget> { [PricingHost.Model] = new(Total: 2.5m * CostOfOne) }
            )
        );
        string bob = cluster.Pricing.AddKey(new KeySettings("bob", "acme"));

        // Two captions fit the model's budget, whichever gateway makes them; other models have what the account leaves.
        Assert.Equal(["200", "200", "402"], await CaptionAsync(alice, PricingHost.Model, 3));
        Assert.Equal(["200"], await CaptionAsync(alice, Other, 1));
        Assert.Equal(["200", "402"], await CaptionAsync(bob, PricingHost.Model, 2));
        Assert.Equal(["402"], await CaptionAsync(alice, Other, 1));
        await Eventually.HoldsAsync(() => cluster.Pricing.Ledger.Count == 4);
        Assert.Equal(4 * CostOfOne, cluster.Pricing.Accounts["acme"].Total);

        async Task<List<string>> CaptionAsync(string key, string model, int times)
        {
            List<string> answers = [];
            for (int i = 0; i < times; i++)
            {
                using var http = cluster.Client(key, gateway: i % 2);
                using var form = Pictures.Form(Square, ("model_id", model));
                using var answer = await http.PostAsync("/image-to-text", form, TestContext.Current.CancellationToken);
                answers.Add(((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            return answers;
        }
    }
}
