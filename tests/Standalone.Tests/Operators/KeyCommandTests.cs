using System.Net;
using System.Text.Json;

namespace ImageToText.Standalone.Tests.Operators;

/// <summary>The commands that manage keys and accounts, against a real 'serve'.</summary>
[Collection(nameof(OperatedService))]
public sealed class KeyCommandTests(RunningService service)
{
    [Fact]
    public async Task An_account_and_a_model_get_budgets_and_lose_them()
    {
        Assert.Equal(0, (await service.RunAsync("accounts", "set", "acme/labs", "--budget-month", "50", "--budget-day", "5")).Code);
        var made = await service.RunAsync(
            "keys",
            "create",
            "for acme",
            "--account",
            "acme/labs",
            "--model-budget",
            "starter=2.5/month",
            "--model-budget",
            "starter=9",
            "--model-budget",
            "org/other=1/day"
        );
        Assert.Equal(0, made.Code);
        var key = await service.KeyAsync("for acme");
        Assert.Equal(
            """{"starter":{"per_month":2.5,"total":9},"org/other":{"per_day":1}}""",
            key.GetProperty("settings").GetProperty("model_budgets").ToString()
        );
        string id = key.GetProperty("key_id").GetString()!;
        Assert.Equal(0, (await service.RunAsync("keys", "set", id, "--model-budget", "starter=none")).Code);
        key = await service.KeyAsync("for acme");
        Assert.Equal("""{"org/other":{"per_day":1}}""", key.GetProperty("settings").GetProperty("model_budgets").ToString());
        var set = await service.RunAsync("accounts", "set", "acme/labs", "--budget-day", "none", "--json");
        var account = JsonDocument.Parse(Assert.Single(set.OutLines)).RootElement;
        Assert.Equal("""{"per_month":50}""", account.GetProperty("budget").ToString());
        Assert.Equal(id, Assert.Single(account.GetProperty("key_ids").EnumerateArray()).GetString());
        Assert.Contains("acme/labs", (await service.RunAsync("accounts", "list")).Out, StringComparison.Ordinal);
        var wrong = await service.RunAsync("keys", "set", id, "--model-budget", "starter=2/week");
        Assert.Equal(2, wrong.Code);
        Assert.Contains("starter=5/month", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_created_limited_changed_rotated_and_revoked()
    {
        var made = await service.RunAsync(
            "keys",
            "create",
            "for alice",
            "--account",
            "a&b",
            "--scope",
            "caption",
            "--expires",
            "30d",
            "--budget-day",
            "1",
            "--budget-month",
            "20",
            "--budget-total",
            "100.5",
            "--model",
            "starter",
            "--rate",
            "600",
            "--burst",
            "5",
            "--max-price",
            "5e-10"
        );
        Assert.Equal(0, made.Code);
        // Standard output has only the secret, so a script can read it.
        string secret = Assert.Single(made.OutLines);
        Assert.Equal(HttpStatusCode.OK, await service.CaptionAsync(secret));

        var key = await service.KeyAsync("for alice");
        string id = key.GetProperty("key_id").GetString()!;
        Assert.Contains(id, made.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, made.Error, StringComparison.Ordinal);
        var settings = key.GetProperty("settings");
        Assert.Equal(
            """{"per_day":1,"per_month":20,"total":100.5}|{"requests_per_minute":600,"burst":5}|["starter"]|["caption"]|0.0000000005|a&b""",
            string.Join(
                '|',
                ((string[])["budget", "rate_limit", "allowed_models", "scopes", "max_usd_per_pixel", "account"]).Select(name =>
                    settings.GetProperty(name).ToString()
                )
            )
        );
        Assert.InRange(
            settings.GetProperty("expires_at").GetDateTimeOffset(),
            DateTimeOffset.UtcNow.AddDays(29),
            DateTimeOffset.UtcNow.AddDays(31)
        );

        // Settings that aren't named don't change.
        Assert.Equal(
            0,
            (await service.RunAsync("keys", "set", id, "--budget-day", "none", "--budget-total", "0", "--name", "for bob")).Code
        );
        settings = (await service.KeyAsync("for bob")).GetProperty("settings");
        Assert.Equal("""{"per_month":20,"total":0}""", settings.GetProperty("budget").ToString());
        Assert.Equal(5, settings.GetProperty("rate_limit").GetProperty("burst").GetInt32());
        await service.AnswersAsync(HttpStatusCode.PaymentRequired, secret);
        Assert.Equal(0, (await service.RunAsync("keys", "set", id, "--budget-total", "none")).Code);
        await service.AnswersAsync(HttpStatusCode.OK, secret);

        var rotated = await service.RunAsync("keys", "rotate", id);
        Assert.Equal(HttpStatusCode.OK, await service.CaptionAsync(Assert.Single(rotated.OutLines)));
        await service.AnswersAsync(HttpStatusCode.Unauthorized, secret);

        var unasked = await service.RunAsync("keys", "revoke", id);
        Assert.Equal(2, unasked.Code);
        Assert.Contains("--yes", unasked.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await service.RunAsync("keys", "revoke", id, "--yes")).Code);
        await service.AnswersAsync(HttpStatusCode.Unauthorized, rotated.OutLines[0]);
        var table = await service.RunAsync("keys", "list");
        Assert.Contains(
            table.OutLines,
            line => line.StartsWith(id + "\tfor bob\t", StringComparison.Ordinal) && line.Contains("\trevoked\t", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_rotated_key_works_alongside_its_successor_for_the_requested_time()
    {
        string first = (await service.RunAsync("keys", "create", "overlapping")).OutLines.Single();
        var rotated = await service.RunAsync(
            "keys",
            "rotate",
            (await service.KeyAsync("overlapping")).GetProperty("key_id").GetString()!,
            "--overlap",
            "1h",
            "--json"
        );
        using var answer = JsonDocument.Parse(rotated.Out);
        Assert.Equal(HttpStatusCode.OK, await service.CaptionAsync(first));
        Assert.Equal(HttpStatusCode.OK, await service.CaptionAsync(answer.RootElement.GetProperty("secret").GetString()!));
    }
}
