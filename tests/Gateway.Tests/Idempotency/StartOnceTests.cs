using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Idempotency;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Idempotency;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Tests.Jobs;
using ImageToText.Gateway.Tests.StandIns;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.AspNetCore.Http;

namespace ImageToText.Gateway.Tests.Idempotency;

/// <summary>Files, batches and jobs that are sent again with the same Idempotency-Key.</summary>
public sealed class StartOnceTests : IDisposable
{
    private readonly TemporaryFolder _photos = new();
    private readonly SetClock _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <inheritdoc/>
    public void Dispose() => _photos.Dispose();

    [Fact]
    public async Task A_file_and_its_batch_that_are_sent_again_are_the_first_ones()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        string text = string.Join('\n', Library.Lines(2));
        var file = await UploadAsync(http, text);
        var again = await UploadAsync(http, text);
        Assert.Equal((file.Id, false, true), (again.Id, file.IsReplay, again.IsReplay));
        Assert.Equal("idempotency_key_reused", (await UploadAsync(http, text + "\n")).Code);
        var files = JsonNode.Parse(await http.GetStringAsync("/v1/files", Cancelled))!["data"]!.AsArray();
        Assert.Single(files);

        var body = new JsonObject
        {
            ["input_file_id"] = file.Id,
            ["endpoint"] = Library.Path,
            ["completion_window"] = "24h",
        };
        var batch = await PostAsync(http, "/v1/batches", "b", JsonContent.Create(body));
        Assert.Equal(batch.Id, (await PostAsync(http, "/v1/batches", "b", JsonContent.Create(body))).Id);
        body["completion_window"] = "25h";
        Assert.Equal("idempotency_key_reused", (await PostAsync(http, "/v1/batches", "b", JsonContent.Create(body))).Code);
        await Library.UntilAsync(http, batch.Id!, static now => (string)now["status"]! == "completed");
        Assert.Equal(2, cluster.Nodes[0].Behaviour.Received);
    }

    [Fact]
    public async Task Twins_start_one_job_and_after_its_end_one_retry()
    {
        NativeJobs.Write(_photos, "a.png", 16);
        await File.WriteAllTextAsync(Path.Combine(_photos.Path, "bad.png"), "no picture", Cancelled);
        await using var cluster = await OpenedAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var twins = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync(http)));
        string id = Assert.Single(twins.Select(static twin => twin.Id).Distinct())!;
        Assert.Equal(3, twins.Count(static twin => twin.IsReplay));
        Assert.Equal("idempotency_key_reused", (await StartAsync(http, """{"folder":"photos","num_beams":2}""")).Code);
        await NativeJobs.EndAsync(http, id);

        var retry = await PostAsync(http, $"/jobs/{id}/retry", "r", null);
        Assert.Equal(retry.Id, (await PostAsync(http, $"/jobs/{id}/retry", "r", null)).Id);
        await NativeJobs.EndAsync(http, retry.Id!);
        Assert.Equal(2, (await http.GetFromJsonAsync("/jobs", GatewayApiJson.Default.JobList, Cancelled))!.Jobs.Count);

        (await http.DeleteAsync("/jobs/" + id, Cancelled)).Dispose();
        Assert.Equal("not_found", (await StartAsync(http)).Code);
    }

    [Fact]
    public async Task A_job_whose_gateway_was_killed_before_it_answered_is_found()
    {
        NativeJobs.Write(_photos, "a.png", 16);
        await using var cluster = await OpenedAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var started = await NativeJobs.StartAsync(http, new JsonObject { ["folder"] = "photos" });
        await cluster
            .Service<IdempotencyClaims>()
            .ClaimAsync(
                new IdempotencyClaim(
                    (await cluster.Service<JobBook>().FindAsync(started.Id, Cancelled))!.KeyId,
                    CacheKeys.Identity("j", "0"),
                    CacheKeys.Identity("/jobs", """{"folder":"photos"}"""),
                    JobIds.Bare(started.Id)
                ),
                Cancelled
            );
        _clock.Ahead = TimeSpan.FromMinutes(3.1);
        Assert.Equal(started.Id, (await StartAsync(http)).Id);
    }

    [Fact]
    public async Task A_start_that_fails_keeps_its_id_unless_it_was_refused()
    {
        await using var cluster = await TestCluster.BuildAsync();
        var once = cluster.Service<StartOnce>();
        var failed = Refusals.PricingUnreachable(new HttpRequestException());
        await Assert.ThrowsAsync<RefusalException>(() => RunAsync("stored", "first", start: _ => throw failed));
        var found = await RunAsync("stored", "second", find: static id => "found " + id);
        Assert.Equal(("found first", true), (found.Made, found.IsReplay));

        await Assert.ThrowsAsync<RefusalException>(() => RunAsync("refused", "third", start: _ => throw Refusals.BadRequest("No.")));
        Assert.Equal("fourth", (await RunAsync("refused", "fourth")).Made);

        async Task<(string Made, bool IsReplay)> RunAsync(
            string key,
            string id,
            Func<string, string?>? find = null,
            Func<string, string>? start = null
        )
        {
            var http = new DefaultHttpContext { Request = { Path = "/jobs", Headers = { ["Idempotency-Key"] = key } } };
            string made = await once.RunAsync(
                http,
                id,
                new KeyGrant("alice", "alice", null, [], null, null, false, null, null, null),
                static () => "the same",
                before => Task.FromResult(find?.Invoke(before)),
                chosen => Task.FromResult(start is null ? chosen : start(chosen)),
                static made => made
            );
            return (made, http.Response.Headers.ContainsKey(AnswerHeaders.Replayed));
        }
    }

    private Task<TestCluster> OpenedAsync() =>
        TestCluster.BuildAsync(
            _clock,
            settings: ["Gateway:OpenFolders:Folders:0:Name=photos", $"Gateway:OpenFolders:Folders:0:Path={_photos.Path}"]
        );

    private static Task<Answer> UploadAsync(HttpClient http, string text) => PostAsync(http, "/v1/files", "f", Library.Form(text));

    private static Task<Answer> StartAsync(HttpClient http, string body = """{"folder":"photos"}""") =>
        PostAsync(http, "/jobs", "j", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

    private static async Task<Answer> PostAsync(HttpClient http, string path, string key, HttpContent? content)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content, Headers = { { "Idempotency-Key", key } } };
        using var answer = await http.SendAsync(request, Cancelled);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!;
        return new Answer((string?)body["id"], (string?)body["error"]?["code"], answer.Headers.Contains(AnswerHeaders.Replayed));
    }

    private sealed record Answer(string? Id, string? Code, bool IsReplay);
}
