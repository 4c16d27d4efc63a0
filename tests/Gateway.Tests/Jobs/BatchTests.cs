using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Batches as OpenAI's clients use them: each item one result and one charge.</summary>
public sealed class BatchTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_item_has_one_result_and_one_charge_at_the_price_of_a_single_request()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var started = await Library.RunAsync(http, Library.Lines(100));
        string id = (string)started["id"]!;
        Assert.Equal("validating", (string)started["status"]!);
        Assert.Equal(100, (int)started["request_counts"]!["total"]!);

        var ended = await Library.EndAsync(http, id);
        Assert.Equal("completed", (string)ended["status"]!);
        Assert.Equal("""{"total":100,"completed":100,"failed":0}""", ended["request_counts"]!.ToJsonString());
        Assert.Null(ended["error_file_id"]);

        var lines = await Library.LinesOfAsync(http, ended["output_file_id"]);
        Assert.Equal(
            Enumerable.Range(0, 100).Select(static i => string.Create(CultureInfo.InvariantCulture, $"p{i}")),
            lines.Select(static line => (string)line["custom_id"]!)
        );
        Assert.All(lines, static line => Assert.Equal(200, (int)line["response"]!["status_code"]!));
        Assert.All(
            lines,
            static line => Assert.Equal("a picture", (string)line["response"]!["body"]!["choices"]![0]!["message"]!["content"]!)
        );

        await http.GetStringAsync("/usage", Cancelled);
        var ledger = cluster.Pricing.Ledger;
        Assert.Equal(lines.Select(static line => (string)line["response"]!["request_id"]!).Order(), ledger.Keys.Order());
        Assert.Equal(
            Enumerable.Range(16, 100).Sum(static side => (decimal)side * side) * 2.5e-10m,
            ledger.Values.Sum(static r => r.CostUsd)
        );
        Assert.Equal((decimal)ended["cost_usd"]!, ledger.Values.Sum(static record => record.CostUsd));
        Assert.Equal(100, cluster.Nodes[0].Behaviour.Received);
        Assert.True(cluster.Nodes[0].Behaviour.LastYielded);
    }

    [Fact]
    public async Task A_bad_line_fails_by_itself_and_the_error_file_names_each()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string damaged = Library.Line("damaged", 20).Replace("iVBORw0KGgo", "aVBORw0KGgo", StringComparison.Ordinal);
        var file = await Library.UploadAsync(
            http,
            [
                Library.Line("good", 20),
                "",
                "not json",
                Library.Line("good", 21),
                Library.Line("elsewhere", 22, "/v1/embeddings"),
                Library.Line("get", 23).Replace("POST", "GET", StringComparison.Ordinal),
                damaged,
                Library.Line("unknown", 24).Replace("\"starter\"", "\"nobody/nothing\"", StringComparison.Ordinal),
                Library.Line("stream", 26).Replace("\"body\":{", "\"body\":{\"stream\":true,", StringComparison.Ordinal),
                Library.Line("last", 25),
            ]
        );
        Assert.Contains("4 of 9 lines", (string)file["status_details"]!, StringComparison.Ordinal);
        Assert.Contains("Line 3 isn't a JSON object", (string)file["status_details"]!, StringComparison.Ordinal);
        Assert.Contains("Line 4 repeats", (string)file["status_details"]!, StringComparison.Ordinal);

        var ended = await Library.EndAsync(http, (string)(await Library.StartAsync(http, (string)file["id"]!))["id"]!);
        Assert.Equal("completed", (string)ended["status"]!);
        Assert.Equal("""{"total":9,"completed":2,"failed":7}""", ended["request_counts"]!.ToJsonString());
        Assert.Equal(
            ["good", "last"],
            (await Library.LinesOfAsync(http, ended["output_file_id"])).Select(static line => (string)line["custom_id"]!)
        );
        Assert.Equal(
            [
                " 400 invalid_request",
                "good 400 invalid_request",
                "elsewhere 404 not_found",
                "get 405 method_not_allowed",
                "damaged 415 unsupported_image",
                "unknown 404 model_not_found",
                "stream 422 invalid_parameter",
            ],
            (await Library.LinesOfAsync(http, ended["error_file_id"])).Select(static line =>
                $"{(string?)line["custom_id"]} {line["response"]!["status_code"]} {line["response"]!["body"]!["error"]!["code"]}"
            )
        );
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(2, cluster.Pricing.Ledger.Count);
    }

    [Fact]
    public async Task A_node_that_has_no_place_for_items_has_one_for_whoever_waits()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var node = cluster.Nodes[0].Behaviour;
        (node.RefusesItems, node.RetryAfter) = (true, 1);
        string id = (string)(await Library.RunAsync(http, Library.Lines(4)))["id"]!;
        await Eventually.HoldsAsync(() => node.Received > 0);
        using var answer = await http.PostAsJsonAsync(
            Library.Path,
            ChatBody.Of(Pictures.Png(99, 99), ("model", PricingHost.Model)),
            Cancelled
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        node.RefusesItems = false;
        Assert.Equal(4, (int)(await Library.EndAsync(http, id))["request_counts"]!["completed"]!);
        // That items waited is no failure of the service.
        Assert.Empty(cluster.Service<Live.RecentErrors>().Read());
    }

    [Fact]
    public async Task A_file_without_a_line_that_can_be_run_makes_a_failed_batch()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var batch = await Library.RunAsync(http, Enumerable.Repeat("one", 150).Append("{}"));
        Assert.Equal("failed", (string)batch["status"]!);
        Assert.Equal(Enumerable.Range(1, 100), batch["errors"]!["data"]!.AsArray().Select(static error => (int)error!["line"]!));
        Assert.NotNull(batch["failed_at"]);
        // The answer names some; the file names all.
        var lines = await Library.LinesOfAsync(http, batch["error_file_id"]);
        Assert.Equal(151, lines.Select(static line => (string)line["id"]!).Distinct().Count());
        Assert.StartsWith(
            "Line 151 has no 'custom_id'",
            (string)lines[150]["response"]!["body"]!["error"]!["message"]!,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_failed_batch_that_can_not_be_stored_leaves_no_file_behind()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string file = (string)(await Library.UploadAsync(http, ["one"]))["id"]!;
        await cluster
            .Service<JobStore>()
            .WriteAsync(
                static db =>
                    db.Database.ExecuteSqlAsync(
                        $"CREATE TRIGGER refuses BEFORE INSERT ON jobs BEGIN SELECT RAISE(ABORT, 'no jobs'); END",
                        Cancelled
                    ),
                Cancelled
            );
        using var refused = await http.PostAsJsonAsync(
            "/v1/batches",
            new JsonObject
            {
                ["input_file_id"] = file,
                ["endpoint"] = Library.Path,
                ["completion_window"] = "24h",
            },
            Cancelled
        );
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        var left = JsonNode.Parse(await http.GetStringAsync("/v1/files", Cancelled))!["data"]!.AsArray();
        Assert.Equal([file], left.Select(static entry => (string)entry!["id"]!));
    }

    [Fact]
    public async Task Lines_for_responses_are_answered_as_single_requests_are()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string line = new JsonObject
        {
            ["custom_id"] = "r",
            ["method"] = "POST",
            ["url"] = "/v1/responses",
            ["body"] = new JsonObject
            {
                ["model"] = PricingHost.Model,
                ["input"] = new JsonArray(
                    new JsonObject
                    {
                        ["role"] = "user",
                        ["content"] = new JsonArray(
                            new JsonObject
                            {
                                ["type"] = "input_image",
                                ["image_url"] = "data:image/png;base64," + Convert.ToBase64String(Pictures.Png(20, 20)),
                            }
                        ),
                    }
                ),
            },
        }.ToJsonString();
        var file = await Library.UploadAsync(http, [line, Library.Line("chat", 21)]);
        var started = await Library.StartAsync(http, (string)file["id"]!, "/v1/responses");
        var ended = await Library.EndAsync(http, (string)started["id"]!);
        Assert.Equal("""{"total":2,"completed":1,"failed":1}""", ended["request_counts"]!.ToJsonString());
        var body = Assert.Single(await Library.LinesOfAsync(http, ended["output_file_id"]))["response"]!["body"]!;
        Assert.Equal("response", (string)body["object"]!);
        Assert.Equal("a picture", (string)body["output"]![0]!["content"]![0]!["text"]!);
        Assert.Equal(20 * 20 * 2.5e-10m, (decimal)ended["cost_usd"]!);
        // A line for another endpoint than the batch's fails by itself.
        Assert.Equal(404, (int)Assert.Single(await Library.LinesOfAsync(http, ended["error_file_id"]))["response"]!["status_code"]!);
    }

    [Fact]
    public async Task Times_of_expiry_are_refused_since_files_are_kept_as_long_as_the_operator_says()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var form = Library.Form(Library.Line("a", 20));
        form.Add(new StringContent("created_at"), "expires_after[anchor]");
        using var upload = await http.PostAsync("/v1/files", form, Cancelled);
        await RefusesAsync(upload, "'expires_after' is not offered");

        using var batch = await http.PostAsJsonAsync(
            "/v1/batches",
            new JsonObject
            {
                ["input_file_id"] = "file-x",
                ["endpoint"] = Library.Path,
                ["completion_window"] = "24h",
                ["output_expires_after"] = new JsonObject { ["anchor"] = "created_at", ["seconds"] = 3600 },
            },
            Cancelled
        );
        await RefusesAsync(batch, "'output_expires_after' is not offered");

        static async Task RefusesAsync(HttpResponseMessage answer, string words)
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            Assert.Contains(words, await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_nobody_needs_a_key_files_and_jobs_need_one_unless_strangers_may_share_theirs()
    {
        const string Open = "Gateway:Admission:Anonymous=Everyone";
        await using var cluster = await TestCluster.BuildAsync(settings: [Open]);
        await cluster.AddGatewayAsync(Open, "Gateway:Admission:AnonymousJobs=true");
        using var nobody = cluster.Client();
        using var sharing = cluster.Client(gateway: 1);
        using var alice = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (string path in (string[])["/v1/files", "/v1/batches", "/jobs", "/jobs/job_x/results"])
        {
            using var refused = await nobody.GetAsync(path, Cancelled);
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, refused.StatusCode));
            var error = JsonNode.Parse(await refused.Content.ReadAsStringAsync(Cancelled))!["error"]!;
            Assert.Equal("missing_api_key", (string)error["code"]!);
            Assert.Contains("Gateway:Admission:AnonymousJobs", (string)error["message"]!, StringComparison.Ordinal);
        }

        using var form = Library.Form(Library.Line("a", 20));
        using var upload = await nobody.PostAsync("/v1/files", form, Cancelled);
        Assert.Equal(HttpStatusCode.Unauthorized, upload.StatusCode);
        using var caption = await nobody.PostAsJsonAsync(
            Library.Path,
            ChatBody.Of(Pictures.Png(9, 9), ("model", PricingHost.Model)),
            Cancelled
        );
        Assert.Equal(HttpStatusCode.OK, caption.StatusCode);
        await Library.UploadAsync(alice, [Library.Line("a", 20)]);
        await Library.UploadAsync(sharing, [Library.Line("a", 20)]);
    }

    [Fact]
    public async Task A_cancelled_batch_ends_with_what_was_done_and_charges_that()
    {
        await using var cluster = await TestCluster.BuildAsync();
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string id = (string)(await Library.RunAsync(http, Library.Lines(200)))["id"]!;
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running > 0);
        using var answer = await http.PostAsync($"/v1/batches/{id}/cancel", null, Cancelled);
        Assert.Equal("cancelling", (string)(await Library.ReadAsync(answer))["status"]!);
        held.SetResult();

        var ended = await Library.EndAsync(http, id);
        Assert.Equal("cancelled", (string)ended["status"]!);
        int done = (int)ended["request_counts"]!["completed"]!;
        Assert.InRange(done, 1, 199);
        Assert.Equal(done, (await Library.LinesOfAsync(http, ended["output_file_id"])).Length);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(done, cluster.Pricing.Ledger.Count);
    }

    [Fact]
    public async Task A_batch_whose_budget_is_spent_pauses_and_goes_on_when_there_is_budget_again()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:BudgetPause=00:00:01"]);
        decimal one = 64 * 64 * 2.5e-10m;
        string key = cluster.Pricing.AddKey("alice", budget: one * 10);
        using var http = cluster.Client(key);
        var lines = Enumerable.Range(0, 30).Select(static i => Library.Line(string.Create(CultureInfo.InvariantCulture, $"p{i}"), 64));
        string id = (string)(await Library.RunAsync(http, lines))["id"]!;

        var paused = await Library.UntilAsync(http, id, static batch => batch["pause"] is not null);
        Assert.Equal("budget_exhausted", (string)paused["pause"]!["reason"]!);
        Assert.Equal("in_progress", (string)paused["status"]!);
        await Library.UntilAsync(http, id, static batch => (int)batch["request_counts"]!["completed"]! == 10);

        cluster.Pricing.SetBudget("alice", one * 100);
        var ended = await Library.EndAsync(http, id);
        Assert.Equal("completed", (string)ended["status"]!);
        Assert.Equal(30, (int)ended["request_counts"]!["completed"]!);
        Assert.Null(ended["pause"]);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(one * 30, cluster.Pricing.Ledger.Values.Sum(static record => record.CostUsd));
    }

    [Fact]
    public async Task A_batch_that_waits_for_budget_is_cancelled_at_once()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:BudgetPause=23:00:00"]);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice", budget: 64 * 64 * 2.5e-10m * 10));
        var lines = Enumerable.Range(0, 100).Select(static i => Library.Line(string.Create(CultureInfo.InvariantCulture, $"p{i}"), 64));
        string id = (string)(await Library.RunAsync(http, lines))["id"]!;
        await Library.UntilAsync(http, id, static batch => batch["pause"] is not null);
        await Library.UntilAsync(http, id, static batch => (int)batch["request_counts"]!["completed"]! == 10);
        using var answer = await http.PostAsync($"/v1/batches/{id}/cancel", null, Cancelled);
        Assert.Equal("cancelling", (string)(await Library.ReadAsync(answer))["status"]!);

        var ended = await Library.EndAsync(http, id);
        Assert.Equal("cancelled", (string)ended["status"]!);
        Assert.Equal(10, (int)ended["request_counts"]!["completed"]!);
        Assert.Equal(10, (await Library.LinesOfAsync(http, ended["output_file_id"])).Length);
    }

    [Fact]
    public async Task Items_cost_what_the_factor_says()
    {
        await using var cluster = await TestCluster.BuildAsync(settings: ["Gateway:Jobs:PriceFactor=0.5"]);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var ended = await Library.EndAsync(http, (string)(await Library.RunAsync(http, [Library.Line("a", 64)]))["id"]!);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(64 * 64 * 1.25e-10m, cluster.Pricing.Ledger.Values.Single().CostUsd);
        Assert.Equal(64 * 64 * 1.25e-10m, (decimal)ended["cost_usd"]!);
    }

    [Fact]
    public async Task A_key_sees_only_its_own_files_and_batches()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var alice = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var bob = cluster.Client(cluster.Pricing.AddKey("bob"));
        var file = await Library.UploadAsync(alice, Library.Lines(1));
        var batch = await Library.StartAsync(alice, (string)file["id"]!);
        foreach (string path in (string[])[$"/v1/files/{file["id"]}", $"/v1/files/{file["id"]}/content", $"/v1/batches/{batch["id"]}"])
        {
            using var answer = await bob.GetAsync(path, Cancelled);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }

        using var refused = await bob.PostAsJsonAsync(
            "/v1/batches",
            new JsonObject
            {
                ["input_file_id"] = (string)file["id"]!,
                ["endpoint"] = Library.Path,
                ["completion_window"] = "24h",
            },
            Cancelled
        );
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Empty(JsonNode.Parse(await bob.GetStringAsync("/v1/batches", Cancelled))!["data"]!.AsArray());
        Assert.Empty(JsonNode.Parse(await bob.GetStringAsync("/v1/files", Cancelled))!["data"]!.AsArray());
        await Library.EndAsync(alice, (string)batch["id"]!);
        Assert.Equal(2, JsonNode.Parse(await alice.GetStringAsync("/v1/files", Cancelled))!["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task The_items_of_a_revoked_key_fail_as_its_requests_would()
    {
        await using var cluster = await TestCluster.BuildAsync();
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var other = cluster.Client(cluster.Pricing.AddKey("bob"));
        string id = (string)(await Library.RunAsync(http, Library.Lines(100)))["id"]!;
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Running > 0);
        long version = cluster.Service<Registry.Network>().View.Snapshot.KeysVersion;
        cluster.Pricing.RevokeKey("alice");
        await Eventually.HoldsAsync(() => cluster.Service<Registry.Network>().View.Snapshot.KeysVersion > version);
        held.SetResult();
        var book = cluster.Service<Gateway.Jobs.Storage.JobBook>();
        Gateway.Jobs.Storage.Rows.Job? job = null;
        await Eventually.HoldsAsync(async () => (job = await book.FindAsync(id, Cancelled)) is { HasEnded: true });
        Assert.InRange(job!.Completed, 1, 99);
        Assert.Equal(100, job.Completed + job.Failed);
    }
}
