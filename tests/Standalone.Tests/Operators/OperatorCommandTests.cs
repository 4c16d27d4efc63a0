using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using ImageToText.Contracts.Ledger;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Operators;
using ImageToText.Standalone.Serving;

namespace ImageToText.Standalone.Tests.Operators;

/// <summary>The commands that manage a network, against a real 'serve'.</summary>
[Collection(nameof(OperatedService))]
public sealed class OperatorCommandTests(RunningService service)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Models_are_compared_at_the_prices_in_force()
    {
        using var folder = new TemporaryFolder();
        string pictures = Path.Combine(folder.Path, "pictures");
        folder.Write("pictures/bad.jpg", "no picture");
        File.Copy(Path.Combine(ModelLocator.SamplesFolder, "cat.png"), Path.Combine(pictures, "cat.png"));
        string page = Path.Combine(folder.Path, "compare.html");
        string small = Path.Combine(Repository.Root, "tests/Fixtures/blip-small-f32");
        Assert.Equal(0, (await service.RunAsync("prices", "set", "7e-10", "--model", "blip-small-f32")).Code);

        var compared = await service.RunAsync("models", "compare", "starter", small, pictures, "--output", page, "--json");
        Assert.Equal(0, (await service.RunAsync("prices", "withdraw", "--model", "blip-small-f32")).Code);

        Assert.Equal(1, compared.Code);
        Assert.Contains("bad.jpg: This is not a picture", compared.Error, StringComparison.Ordinal);
        var models = compared.OutLines.Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(["starter", "blip-small-f32"], models.Select(static model => model.GetProperty("id").GetString()));
        // 451 x 300 pixels at the price just set.
        Assert.Equal(0.00009471m, models[1].GetProperty("cost_usd").GetDecimal());
        Assert.All(models, static model => Assert.True(model.GetProperty("median_milliseconds").GetDouble() > 0));
        string written = await File.ReadAllTextAsync(page, Cancelled);
        Assert.Contains("cat</p>", written, StringComparison.Ordinal);
        Assert.Contains($"0.0000000007 USD per pixel (in force at {service.Address})", written, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_is_submitted_watched_listed_fetched_and_tried_again()
    {
        var submitted = await service.RunAsync("jobs", "submit", "https://a.example.org/1.jpg", "nonsense", "--num-beams", "2", "--watch");
        Assert.Equal(1, submitted.Code);
        string id = Assert.Single(submitted.OutLines);
        Assert.Contains("completed: 2 of 2, 2 failed, 0 USD", submitted.Error, StringComparison.Ordinal);
        Assert.Contains("Failed: ", submitted.Error, StringComparison.Ordinal);

        Assert.Contains($"{id}\tcompleted\t2\t0\t2\t0\t", (await service.RunAsync("jobs", "list")).Out, StringComparison.Ordinal);
        var fetched = await service.RunAsync("jobs", "fetch", id);
        Assert.DoesNotContain("has not ended", fetched.Error, StringComparison.Ordinal);
        Assert.Equal(
            ["https://a.example.org/1.jpg", "nonsense"],
            fetched.OutLines.Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("picture").GetString())
        );

        var quoted = await service.RunAsync("jobs", "submit", "https://a.example.org/1.jpg", "--quote", "--json");
        Assert.Equal(1, JsonDocument.Parse(quoted.Out).RootElement.GetProperty("bounded").GetInt32());
        var tooDear = await service.RunAsync("jobs", "submit", "https://a.example.org/1.jpg", "--max-cost", "0.00000001");
        Assert.Contains("more than 'max_cost_usd'", tooDear.Error, StringComparison.Ordinal);
        var shut = await service.RunAsync("jobs", "submit", "s3://library/2026/", "--sidecar", "--results", "all.jsonl");
        Assert.Equal(1, shut.Code);
        Assert.Contains("No bucket 'library' is open here", shut.Error, StringComparison.Ordinal);
        var late = await service.RunAsync("jobs", "submit", "https://a.example.org/1.jpg", "--within", "9y");
        Assert.Equal(2, late.Code);
        Assert.Contains("'completion_window' must be hours or days", late.Error, StringComparison.Ordinal);
        var mixed = await service.RunAsync("jobs", "submit", "https://a.example.org/1.jpg", "s3://library/2026/");
        Assert.Equal(2, mixed.Code);
        Assert.Contains("'s3://library/2026/' stands beside other addresses", mixed.Error, StringComparison.Ordinal);

        var retry = await service.RunAsync("jobs", "retry", id, "--json");
        Assert.Equal(id, JsonDocument.Parse(retry.Out).RootElement.GetProperty("retry_of").GetString());
        Assert.Equal(0, (await service.RunAsync("jobs", "cancel", id)).Code);
        var unknown = await service.RunAsync("jobs", "watch", "job_none");
        Assert.Equal(1, unknown.Code);
        Assert.Contains("There is no job 'job_none'", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Archives_are_read_again_and_a_damaged_one_is_named()
    {
        using var folder = new TemporaryFolder();
        string archive = Path.Combine(folder.Path, "ledger-1-2.jsonl.gz");
        await using (var file = File.Create(archive))
        {
            await ArchiveFile.WriteAsync(file, Enumerable.Range(1, 2).Select(Archived).ToAsyncEnumerable(), Cancelled);
        }

        string checksum = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(archive, Cancelled)));
        await File.WriteAllTextAsync(archive + ".sha256", $"{checksum}  ledger-1-2.jsonl.gz\n", Cancelled);
        var whole = await RunningService.RunAsync([], "usage", "verify", archive);
        Assert.Equal(0, whole.Code);
        Assert.Contains("ledger-1-2.jsonl.gz\t1\t2\t2\t0.5\t0.25", whole.Out, StringComparison.Ordinal);

        await using (var file = File.OpenWrite(archive))
        {
            file.Position = 20;
            file.WriteByte(0);
        }

        var damaged = await RunningService.RunAsync([], "usage", "verify", archive);
        Assert.Equal(1, damaged.Code);
        Assert.Contains("ledger-1-2.jsonl.gz: it has changed since it was written", damaged.Error, StringComparison.Ordinal);

        var refused = await service.RunAsync("usage", "archive", "--before", "2026-01-01");
        Assert.Equal(1, refused.Code);
        Assert.Contains("set Pricing:Archive:Folder to a folder", refused.Error, StringComparison.Ordinal);

        static ArchivedRecord Archived(int sequence)
        {
            var at = new DateTimeOffset(2026, 1, sequence, 0, 0, 0, TimeSpan.Zero);
            var record = new UsageRecord(
                $"r-{sequence}",
                "key",
                "gateway",
                null,
                null,
                "org/model",
                null,
                at,
                9,
                1,
                0.25m,
                CacheOutcome.Miss,
                1
            );
            return new(sequence, record, DateOnly.FromDateTime(at.UtcDateTime), 0.125m, null, AgainstSlice: false, at);
        }
    }

    [Fact]
    public async Task A_price_is_set_quoted_withdrawn_and_kept_in_the_history()
    {
        Assert.Equal(
            0,
            (await service.RunAsync("prices", "set", "0.5", "--pixels", "1000000000", "--model", "starter", "--note", "spring")).Code
        );
        using var http = new HttpClient { BaseAddress = service.Address };
        await Eventually.HoldsAsync(async () =>
            (await http.GetStringAsync("quote?width=1000&height=1000", Cancelled)).Contains("\"cost_usd\":0.0005", StringComparison.Ordinal)
        );
        var listed = await service.RunAsync("prices", "list");
        Assert.Contains("standalone\tstarter\t0.5 USD per 1000000000 pixels\t0.0000000005\tmodel", listed.OutLines);

        Assert.Equal(0, (await service.RunAsync("prices", "withdraw", "--model", "starter")).Code);
        Assert.Contains(
            "standalone\tstarter\t0.00000000025 USD\t0.00000000025\trecommended",
            (await service.RunAsync("prices", "list")).OutLines
        );
        await Eventually.HoldsAsync(async () =>
            (await http.GetStringAsync("quote?width=1000&height=1000", Cancelled)).Contains(
                "\"cost_usd\":0.00025",
                StringComparison.Ordinal
            )
        );
        var history = await service.RunAsync("prices", "history", "--model", "starter");
        Assert.Equal(["withdrawn", "0.5 USD per 1000000000 pixels"], history.OutLines[1..].Select(static line => line.Split('\t')[3]));
        Assert.EndsWith("operator token\tspring", history.OutLines[2], StringComparison.Ordinal);

        var again = await service.RunAsync("prices", "withdraw", "--model", "starter");
        Assert.Equal(1, again.Code);
        Assert.Contains("the model starter", again.Error, StringComparison.Ordinal);

        // Without an exchange rate, such a price is stored but not offered.
        Assert.Equal(0, (await service.RunAsync("prices", "set", "30", "--currency", "wei", "--node", "elsewhere")).Code);
        Assert.Contains("30 wei", (await service.RunAsync("prices", "history", "--node", "elsewhere")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_is_listed_drained_disabled_and_enabled()
    {
        Assert.Contains("starter*", (await service.RunAsync("nodes", "list")).OutLines[1], StringComparison.Ordinal);
        foreach (var (command, state) in ((string, string)[])[("drain", "draining"), ("disable", "disabled"), ("enable", "active")])
        {
            Assert.Equal(0, (await service.RunAsync("nodes", command, "standalone")).Code);
            using var node = JsonDocument.Parse((await service.RunAsync("nodes", "list", "--json")).OutLines.Single());
            Assert.Equal(state, node.RootElement.GetProperty("state").GetString());
        }

        await service.AnswersAsync(HttpStatusCode.OK, "without a key");
        var unknown = await service.RunAsync("nodes", "drain", "nobody");
        Assert.Equal(1, unknown.Code);
        Assert.Contains("nobody", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spend_earnings_reconciliation_and_the_ledger_itself_agree()
    {
        string secret = (await service.RunAsync("keys", "create", "spender", "--budget-total", "1")).OutLines.Single();
        string id = (await service.KeyAsync("spender")).GetProperty("key_id").GetString()!;
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(HttpStatusCode.OK, await service.CaptionAsync(secret, $"caption {i}"));
        }

        await Eventually.HoldsAsync(async () =>
            (await service.RunAsync("usage", "--key", id)).OutLines[^1].Contains("\t3\t", StringComparison.Ordinal)
        );

        var report = await service.RunAsync("usage", "--by", "key,model", "--by", "node", "--key", id, "--from", "2020-01-01");
        Assert.Equal("KEY_ID\tMODEL\tNODE\tCAPTIONS\tCACHE HITS\tPIXELS\tTOKENS\tCOST USD\tCHARGED USD", report.OutLines[0]);
        string[] cells = report.OutLines[1].Split('\t');
        Assert.Equal([id, "starter", "standalone", "3", "0", "786432"], cells[..6]);
        Assert.Equal(["0.000196608", "0.000196608"], cells[7..]);

        string ledger = Path.Combine(service.Data, "ledger.csv");
        Assert.Equal(0, (await service.RunAsync("usage", "export", "--key", id, "--output", ledger)).Code);
        string lines = await File.ReadAllTextAsync(ledger, Cancelled);
        Assert.Equal(4, lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(lines, (await service.RunAsync("usage", "export", "--key", id)).Out);

        Assert.Contains("\tUSD", (await service.RunAsync("usage", "earnings")).OutLines[0], StringComparison.Ordinal);
        var reconciliation = await service.RunAsync("usage", "reconcile");
        Assert.Equal(0, reconciliation.Code);
        Assert.Contains("the books balance", reconciliation.Error, StringComparison.Ordinal);
        Assert.Contains(
            reconciliation.OutLines,
            line =>
                line.StartsWith(id, StringComparison.Ordinal) && line.EndsWith("\t0.000196608\t0.000196608\t0\t0", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task On_another_machine_address_and_token_come_from_options_or_the_environment()
    {
        string token = (await File.ReadAllTextAsync(DataFolder.TokenFileIn(service.Data), Cancelled)).Trim();
        var variables = new Dictionary<string, string>
        {
            [ServerOptions.ServerVariable] = service.Address.AbsoluteUri,
            [ServerOptions.TokenVariable] = token,
        };
        Assert.Equal(0, (await RunningService.RunAsync(variables, "nodes", "list")).Code);
        Assert.Equal(
            0,
            (await RunningService.RunAsync([], "nodes", "list", "--server", service.Address.AbsoluteUri, "--token", token)).Code
        );

        // A key with the scope works like the token. Without it, the error names the missing scope.
        string operating = (await service.RunAsync("keys", "create", "second operator", "--scope", "operate")).OutLines.Single();
        variables[ServerOptions.TokenVariable] = operating;
        Assert.Equal(0, (await RunningService.RunAsync(variables, "nodes", "list")).Code);
        variables[ServerOptions.TokenVariable] = (await service.RunAsync("keys", "create", "no operator")).OutLines.Single();
        var refused = await RunningService.RunAsync(variables, "nodes", "list");
        Assert.Equal(1, refused.Code);
        Assert.Contains("operate", refused.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "usd, wei, eth", "prices", "set", "1", "--currency", "dm")]
    [InlineData(2, "give one of", "usage", "--by", "colour")]
    [InlineData(2, "'yesterday'", "usage", "--from", "yesterday")]
    [InlineData(2, "'-3'", "keys", "create", "x", "--budget-day=-3")]
    [InlineData(2, "'soon'", "keys", "create", "x", "--expires", "soon")]
    [InlineData(2, "'9999999d'", "keys", "create", "x", "--expires", "9999999d")]
    [InlineData(2, "--rate", "keys", "create", "x", "--burst", "3")]
    [InlineData(2, "name", "keys", "create", " ")]
    [InlineData(1, "key_none", "keys", "rotate", "key_none")]
    [InlineData(1, "key_none", "keys", "set", "key_none", "--rate", "3")]
    [InlineData(1, "rejects the token", "keys", "list", "--token", "wrong")]
    [InlineData(1, "--server", "keys", "list", "--server", "http://127.0.0.1:9")]
    [InlineData(2, "--server", "keys", "list", "--server", "nowhere")]
    public async Task A_failure_says_what_to_do(int code, string said, params string[] command)
    {
        var ended = await service.RunAsync(command);
        Assert.Equal(code, ended.Code);
        Assert.Contains(said, ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
        Assert.Empty(ended.Out);
    }

    [Fact]
    public async Task The_local_token_is_sent_to_no_other_machine()
    {
        var ended = await service.RunAsync("keys", "list", "--server", "http://192.0.2.1");
        Assert.Equal(1, ended.Code);
        Assert.Contains(ServerOptions.TokenVariable, ended.Error, StringComparison.Ordinal);
    }
}
