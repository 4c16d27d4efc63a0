using System.Net;
using System.Net.Http.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Client;
using ImageToText.PricingService.Tests.Hosting;
using Microsoft.Data.Sqlite;

namespace ImageToText.PricingService.Tests.Accounts;

public sealed class KeyTests(PostgresCluster cluster)
{
    [Theory]
    [InlineData(Database.Sqlite)]
    [InlineData(Database.Postgres)]
    public async Task A_secret_is_shown_once_and_its_hash_identifies_what_the_key_may_do(Database database)
    {
        await using var host = await TestPricing.StartAsync(database, cluster);
        var settings = new KeySettings(
            "for tests",
            "acme",
            [KeyScope.Caption],
            TestPricing.Noon.AddMinutes(1),
            new(60, 5),
            new(1.5m, null, 10),
            ["org/model"],
            0.0000000003m,
            new Dictionary<string, Budget> { ["org/model"] = new(1) }
        );
        var created = await host.Operator.CreateKeyAsync(settings);
        Assert.StartsWith(ApiKey.Marker, created.Secret, StringComparison.Ordinal);
        Assert.StartsWith(created.Key.Prefix, created.Secret, StringComparison.Ordinal);
        var grant = await host.Service.ValidateKeyAsync(ApiKey.Hash(created.Secret));
        Assert.NotNull(grant);
        Assert.Equal((created.Key.KeyId, "acme", true, 0.0000000003m), (grant.KeyId, grant.Account, grant.HasBudget, grant.MaxUsdPerPixel));
        Assert.Equal(new RateLimit(60, 5), grant.RateLimit);
        Assert.Equal(["org/model"], grant.BudgetedModels);
        Assert.Equivalent(grant, await host.Service.GetKeyGrantAsync(created.Key.KeyId), strict: true);
        Assert.Equal(1.5m, (await host.Operator.GetKeyAsync(created.Key.KeyId))!.Spend.Left);

        host.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await host.Service.ValidateKeyAsync(ApiKey.Hash(created.Secret)));
        Assert.Null(await host.Service.GetKeyGrantAsync(created.Key.KeyId));

        // The operator token also opens a gateway's operator routes, but it can't buy captions.
        Assert.Equal([KeyScope.Operate], (await host.Service.ValidateKeyAsync(ApiKey.Hash(TestPricing.OperatorToken)))!.Scopes);
    }

    [Fact]
    public async Task The_database_contains_no_secret()
    {
        await using var host = await TestPricing.StartAsync();
        var created = await host.KeyAsync();
        await host.Operator.RotateKeyAsync(created.Key.KeyId, new(60));
        await using var connection = new SqliteConnection(host.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT * FROM keys";
        await using var row = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        Assert.True(await row.ReadAsync(TestContext.Current.CancellationToken));
        for (int i = 0; i < row.FieldCount; i++)
        {
            Assert.DoesNotContain(created.Secret[12..], row.GetValue(i).ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task After_a_rotation_the_old_secret_works_only_during_the_overlap()
    {
        await using var host = await TestPricing.StartAsync();
        var created = await host.KeyAsync();
        long before = (await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero)).Network!.KeysVersion;
        var rotated = await host.Operator.RotateKeyAsync(created.Key.KeyId, new(60));
        Assert.NotEqual(before, (await host.Service.WatchNetworkAsync("gateway", null, TimeSpan.Zero)).Network!.KeysVersion);
        Assert.Equal(created.Key.KeyId, rotated.Key.KeyId);
        Assert.Equal(TestPricing.Noon.AddSeconds(60), (await host.Service.ValidateKeyAsync(ApiKey.Hash(created.Secret)))!.ExpiresAt);
        Assert.Null((await host.Service.ValidateKeyAsync(ApiKey.Hash(rotated.Secret)))!.ExpiresAt);
        Assert.Null((await host.Service.GetKeyGrantAsync(created.Key.KeyId))!.ExpiresAt);
        host.Time.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(await host.Service.ValidateKeyAsync(ApiKey.Hash(created.Secret)));
        Assert.NotNull(await host.Service.ValidateKeyAsync(ApiKey.Hash(rotated.Secret)));

        await host.Operator.RevokeKeyAsync(created.Key.KeyId);
        Assert.Null(await host.Service.ValidateKeyAsync(ApiKey.Hash(rotated.Secret)));
        Assert.Null(await host.Service.GetKeyGrantAsync(created.Key.KeyId));
        Assert.Equal(
            HttpStatusCode.Conflict,
            (await Assert.ThrowsAsync<PricingException>(() => host.Operator.RotateKeyAsync(created.Key.KeyId, new()))).Status
        );
    }

    [Fact]
    public async Task Callers_reach_only_the_routes_meant_for_them()
    {
        await using var host = await TestPricing.StartAsync();
        var caption = await host.KeyAsync();
        var operate = await host.Operator.CreateKeyAsync(new("operator", Scopes: [KeyScope.Operate]));
        Assert.Equal(2, (await host.Client(operate.Secret).GetKeysAsync()).Count);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusOf(host.Client(caption.Secret).GetKeysAsync()));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusOf(host.Service.GetKeysAsync()));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusOf(host.Operator.ValidateKeyAsync(new('0', 64))));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusOf(host.Client(caption.Secret).GetKeyGrantAsync(caption.Key.KeyId)));
        Assert.Equal(
            HttpStatusCode.Forbidden,
            await StatusOf(host.Client(caption.Secret).GetUsageAsync(new() { KeyId = operate.Key.KeyId }))
        );
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusOf(host.Client("itt_unknown").GetModelsAsync()));
        using var anonymous = new HttpClient { BaseAddress = host.Address };
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (
                await anonymous.PostAsync(
                    new Uri("keys", UriKind.Relative),
                    JsonContent.Create("rubbish"),
                    TestContext.Current.CancellationToken
                )
            ).StatusCode
        );
        Assert.Equal(
            HttpStatusCode.OK,
            (await anonymous.GetAsync(new Uri("health", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode
        );

        static async Task<HttpStatusCode> StatusOf(Task call) => (await Assert.ThrowsAsync<PricingException>(() => call)).Status;
    }

    [Theory]
    [InlineData("""{"name":""}""", "name")]
    [InlineData("""{"name":"a","scopes":[]}""", "scopes")]
    [InlineData("""{"name":"a","scopes":["everything"]}""", "scopes")]
    [InlineData("""{"name":"a","rate_limit":{"requests_per_minute":0}}""", "rate_limit.requests_per_minute")]
    [InlineData("""{"name":"a","budget":{"per_day":-1}}""", "budget.per_day")]
    [InlineData("""{"name":"a","budget":{"total":0.0000000000000000001}}""", "budget.total")]
    [InlineData("""{"name":"a","max_usd_per_pixel":-1}""", "max_usd_per_pixel")]
    [InlineData("""not json""", "JSON")]
    public async Task Invalid_settings_are_refused_with_the_fields_name(string body, string named)
    {
        await using var host = await TestPricing.StartAsync();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        using var answer = await host.Http(TestPricing.OperatorToken)
            .PostAsync(new Uri("keys", UriKind.Relative), content, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var error = (
            await answer.Content.ReadFromJsonAsync(Contracts.ContractsJson.Default.ErrorBody, TestContext.Current.CancellationToken)
        )!.Error;
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Equal("invalid_request", error.Code);
        Assert.NotNull(error.RequestId);
    }
}
