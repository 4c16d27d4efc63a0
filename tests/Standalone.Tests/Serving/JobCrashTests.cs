using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>A machine that loses its power in the middle of a job, again and again.</summary>
public sealed class JobCrashTests
{
    private const int Items = 120;
    private static readonly int[] KilledAt = [15, 50, 85];
    private static readonly Dictionary<string, string> Environment = new(Patience.Variables);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_item_has_one_result_and_one_charge_though_everything_is_killed_three_times()
    {
        using var data = new TemporaryFolder();
        string? batch = null;
        foreach (int killedAt in KilledAt)
        {
            using var process = StandaloneProcess.Start(["serve", "--port", "0", "--data", data.Path], Environment);
            using var http = new HttpClient { BaseAddress = (await process.ReadBannerAsync(Cancelled)).Url };
            batch ??= await StartAsync(http);
            await Eventually.HoldsAsync(async () => Done(await GetAsync(http, batch)) >= killedAt);
            process.Signal("KILL");
            await process.EndAsync(Cancelled);
        }

        using var last = StandaloneProcess.Start(["serve", "--port", "0", "--data", data.Path], Environment);
        using var client = new HttpClient { BaseAddress = (await last.ReadBannerAsync(Cancelled)).Url };
        JsonNode ended = null!;
        await Eventually.HoldsAsync(async () => (string)(ended = await GetAsync(client, batch!))["status"]! == "completed");
        Assert.Equal($$"""{"total":{{Items}},"completed":{{Items}},"failed":0}""", ended["request_counts"]!.ToJsonString());
        string output = await client.GetStringAsync($"/v1/files/{(string)ended["output_file_id"]!}/content", Cancelled);
        var results = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!).ToArray();
        Assert.Equal(
            Enumerable.Range(0, Items).Select(static i => string.Create(CultureInfo.InvariantCulture, $"p{i}")),
            results.Select(static line => (string)line["custom_id"]!)
        );

        string token = (await File.ReadAllTextAsync(Path.Combine(data.Path, "operator-token"), Cancelled)).Trim();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        string[] charged = [];
        // Records reach the ledger a moment after the answer.
        await Eventually.HoldsAsync(async () => (charged = await ChargedAsync(client)).Length >= Items);
        Assert.Equal(results.Select(static line => (string)line["response"]!["request_id"]!).Order(), charged.Order());
    }

    private static int Done(JsonNode batch) => (int)batch["request_counts"]!["completed"]! + (int)batch["request_counts"]!["failed"]!;

    private static async Task<string> StartAsync(HttpClient http)
    {
        string lines = string.Join('\n', Enumerable.Range(0, Items).Select(Line));
        using var form = new MultipartFormDataContent
        {
            { new StringContent("batch"), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(lines)), "file", "library.jsonl" },
        };
        using var uploaded = await http.PostAsync("/v1/files", form, Cancelled);
        var file = JsonNode.Parse(await uploaded.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancelled))!;
        using var started = await http.PostAsJsonAsync(
            "/v1/batches",
            new JsonObject
            {
                ["input_file_id"] = (string)file["id"]!,
                ["endpoint"] = "/v1/chat/completions",
                ["completion_window"] = "24h",
            },
            Cancelled
        );
        return (string)JsonNode.Parse(await started.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancelled))!["id"]!;
    }

    private static string Line(int i) =>
        new JsonObject
        {
            ["custom_id"] = string.Create(CultureInfo.InvariantCulture, $"p{i}"),
            ["method"] = "POST",
            ["url"] = "/v1/chat/completions",
            ["body"] = ChatBody.Of(Pictures.Png(16 + i, 16), ("max_tokens", 4)),
        }.ToJsonString();

    private static async Task<JsonNode> GetAsync(HttpClient http, string batch) =>
        JsonNode.Parse(await http.GetStringAsync("/v1/batches/" + batch, Cancelled))!;

    private static async Task<string[]> ChargedAsync(HttpClient http)
    {
        List<string> ids = [];
        for (long? after = 0; after is not null; )
        {
            var page = JsonNode.Parse(
                await http.GetStringAsync(string.Create(CultureInfo.InvariantCulture, $"/pricing/usage/records?after={after}"), Cancelled)
            )!;
            ids.AddRange(page["entries"]!.AsArray().Select(static entry => (string)entry!["record"]!["request_id"]!));
            after = (long?)page["next"];
        }

        return [.. ids];
    }
}
