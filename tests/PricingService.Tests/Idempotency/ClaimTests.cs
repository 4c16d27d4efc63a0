using ImageToText.Contracts.Idempotency;
using ImageToText.Contracts.Ledger;
using ImageToText.PricingService.Tests.Hosting;
using ImageToText.PricingService.Tests.Ledger;

namespace ImageToText.PricingService.Tests.Idempotency;

/// <summary>Who makes the caption of a request with an idempotency key, and whether it is charged.</summary>
public sealed class ClaimTests
{
    [Fact]
    public async Task An_idempotency_key_of_a_gateway_that_is_gone_passes_to_another_which_charges_only_what_is_not_in_the_ledger()
    {
        await using var host = await TestPricing.StartAsync();
        var key = await host.KeyAsync(new(Total: 10));
        var caption = LedgerTests.Record(key, "r0", 1);
        IdempotencyClaim claim = new(key.Key.KeyId, "hash", "fingerprint", "r0");
        Assert.Equal((IdempotencyOutcome.Claimed, "r0", false), await ClaimAsync("r0"));
        Assert.Equal((IdempotencyOutcome.Pending, "r0", false), await ClaimAsync("r1"));
        host.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal((IdempotencyOutcome.Claimed, "r0", false), await ClaimAsync("r1"));

        host.Time.Advance(TimeSpan.FromMinutes(3));
        await host.Service.RecordUsageAsync(new("gateway", [caption]));
        Assert.Equal((IdempotencyOutcome.Claimed, "r0", true), await ClaimAsync("r2"));

        // What was taken back must be charged again, under an id that the ledger doesn't know.
        await host.Service.EndIdempotencyKeyAsync(new(key.Key.KeyId, "hash", "r2", IsPaid: false));
        Assert.Equal((IdempotencyOutcome.Claimed, "r0", false), await ClaimAsync("r0"));
        var reversal = caption with { RequestId = UsageRecord.ReversalOf("r0"), Corrects = "r0", Pixels = -caption.Pixels, CostUsd = -1 };
        await host.Service.RecordUsageAsync(new("gateway", [reversal]));
        host.Time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal((IdempotencyOutcome.Claimed, "r4", false), await ClaimAsync("r4"));

        async Task<(IdempotencyOutcome, string, bool)> ClaimAsync(string requestId)
        {
            var answer = await host.Service.ClaimIdempotencyKeyAsync(claim with { RequestId = requestId });
            return (answer.Outcome, answer.RequestId, answer.IsPaid);
        }
    }
}
