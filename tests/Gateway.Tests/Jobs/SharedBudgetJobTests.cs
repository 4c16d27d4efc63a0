using System.Globalization;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Jobs of keys whose budget is that of a model or of their account.</summary>
public sealed class SharedBudgetJobTests
{
    private const decimal CostOfOne = 64 * 64 * 2.5e-10m;
    private const string Other = "other";

    [Fact]
    public async Task A_job_pauses_when_the_budget_of_its_model_or_of_its_account_is_spent()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:BudgetPause=00:00:01"]);
        await cluster.RegisterAsync(static (_, node) => node with { Models = [.. node.Models, node.Models[0] with { ModelId = Other }] });
        cluster.Pricing.SetAccountBudget("acme", 5.5m * CostOfOne);
        string key = cluster.Pricing.AddKey(
            new KeySettings(
                "alice",
                "acme",
                ModelBudgets: new Dictionary<string, Budget> { [PricingHost.Model] = new(Total: 3 * CostOfOne) }
            )
        );
        using var http = cluster.Client(key);

        // Three captions fit the model's budget, and another model has what the account leaves.
        string starter = await StartAsync(PricingHost.Model);
        await PausesAfterAsync(starter, 3);
        string other = await StartAsync(Other);
        await PausesAfterAsync(other, 2);
        await http.GetStringAsync("/usage", TestContext.Current.CancellationToken);
        Assert.Equal(5 * CostOfOne, cluster.Pricing.Accounts["acme"].Total);

        cluster.Pricing.SetAccountBudget("acme", 100 * CostOfOne);
        Assert.Equal(8, (int)(await Library.EndAsync(http, other))["request_counts"]!["completed"]!);
        await PausesAfterAsync(starter, 3);
        await http.GetStringAsync("/usage", TestContext.Current.CancellationToken);
        Assert.Equal(11 * CostOfOne, cluster.Pricing.Accounts["acme"].Total);

        async Task<string> StartAsync(string model)
        {
            var lines = Enumerable
                .Range(0, 8)
                .Select(static i => Library.Line(string.Create(CultureInfo.InvariantCulture, $"p{i}"), 64))
                .Select(line => line.Replace($"\"{PricingHost.Model}\"", $"\"{model}\"", StringComparison.Ordinal));
            return (string)(await Library.RunAsync(http, lines))["id"]!;
        }

        Task PausesAfterAsync(string job, int captions) =>
            Library.UntilAsync(
                http,
                job,
                batch => (string?)batch["pause"]?["reason"] == "budget_exhausted" && (int)batch["request_counts"]!["completed"]! == captions
            );
    }
}
