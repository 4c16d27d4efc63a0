using System.Net;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Keeping;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Admission;

/// <summary>Who is let in, and what is remembered of whom.</summary>
public sealed class AdmissionTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("X-Forwarded-For", HttpStatusCode.Unauthorized)]
    [InlineData("Forwarded", HttpStatusCode.Unauthorized)]
    public async Task A_caller_behind_a_proxy_of_this_machine_is_not_of_this_machine(string? header, HttpStatusCode status)
    {
        await using var house = await House.BuildAsync(settings: "Gateway:Admission:Anonymous=Loopback");
        using var http = house.Client();
        if (header is not null)
        {
            http.DefaultRequestHeaders.Add(header, header == "Forwarded" ? "for=203.0.113.7" : "203.0.113.7");
        }

        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Keys_that_an_earlier_run_knew_are_kept_beside_those_of_this_one()
    {
        await using var house = await House.BuildAsync();
        var kept = house.Service<KeptFile<Dictionary<string, KeyGrant>>>();
        var earlier = ApiKey.Hash(house.Pricing.AddKey("alice"));
        kept.Save(new() { [earlier] = new KeyGrant("alice", "alice", null, [KeyScope.Caption], null, null, false, null, null) });
        using var http = house.Client(house.Pricing.AddKey("bob"));
        (await http.PostAsync("/image-to-text", Pictures.Form(Pictures.Png(8, 8)), Cancelled)).EnsureSuccessStatusCode();
        house.Service<KeyBook>().Keep();
        Assert.Equal(["alice", "bob"], kept.Load()!.Value.Value.Values.Select(static grant => grant.KeyId).Order(StringComparer.Ordinal));
    }
}
