using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Files of requests, and what a caller does with them.</summary>
internal static class Library
{
    public const string Path = "/v1/chat/completions";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The entry of a file with a thousand bytes, for which an account pays.</summary>
    public static StoredFile FileOf(string id, string key) =>
        new()
        {
            FileId = id,
            KeyId = key,
            Account = "shop",
            Purpose = "batch",
            FileName = "library.jsonl",
            Bytes = 1000,
        };

    /// <summary>A line that asks for the caption of a picture with this side.</summary>
    public static string Line(string id, int side, string path = Path) =>
        new JsonObject
        {
            ["custom_id"] = id,
            ["method"] = "POST",
            ["url"] = path,
            ["body"] = ChatBody.Of(Pictures.Png(side, side), ("model", PricingHost.Model)),
        }.ToJsonString();

    /// <summary>Lines with different pictures, from <c>p0</c> on.</summary>
    public static IEnumerable<string> Lines(int count) =>
        Enumerable.Range(0, count).Select(static i => Line(string.Create(CultureInfo.InvariantCulture, $"p{i}"), 16 + i));

    public static MultipartFormDataContent Form(string text, string purpose = "batch")
    {
        var form = new MultipartFormDataContent
        {
            { new StringContent(purpose), "purpose" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes(text)), "file", "library.jsonl" },
        };
        return form;
    }

    public static async Task<JsonNode> UploadAsync(HttpClient http, IEnumerable<string> lines)
    {
        using var form = Form(string.Join('\n', lines));
        using var answer = await http.PostAsync("/v1/files", form, Cancelled);
        return await ReadAsync(answer);
    }

    public static async Task<JsonNode> StartAsync(HttpClient http, string file, string path = Path)
    {
        using var answer = await http.PostAsJsonAsync(
            "/v1/batches",
            new JsonObject
            {
                ["input_file_id"] = file,
                ["endpoint"] = path,
                ["completion_window"] = "24h",
            },
            Cancelled
        );
        return await ReadAsync(answer);
    }

    public static async Task<JsonNode> RunAsync(HttpClient http, IEnumerable<string> lines) =>
        await StartAsync(http, (string)(await UploadAsync(http, lines))["id"]!);

    public static async Task<JsonNode> GetAsync(HttpClient http, string id) =>
        JsonNode.Parse(await http.GetStringAsync("/v1/batches/" + id, Cancelled))!;

    /// <summary>Waits until a batch is in one of these states.</summary>
    public static async Task<JsonNode> UntilAsync(HttpClient http, string id, Func<JsonNode, bool> holds)
    {
        JsonNode batch = null!;
        await Eventually.HoldsAsync(async () => holds(batch = await GetAsync(http, id)));
        return batch;
    }

    public static Task<JsonNode> EndAsync(HttpClient http, string id) =>
        UntilAsync(http, id, static batch => (string)batch["status"]! is "completed" or "failed" or "expired" or "cancelled");

    public static async Task<JsonNode[]> LinesOfAsync(HttpClient http, JsonNode? file)
    {
        string text = await http.GetStringAsync($"/v1/files/{(string)file!}/content", Cancelled);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonNode.Parse(line)!)];
    }

    public static async Task<JsonNode> ReadAsync(HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }
}
