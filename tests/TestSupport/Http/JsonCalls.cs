using System.Text;
using System.Text.Json.Nodes;

namespace ImageToText.TestSupport;

/// <summary>Sends JSON as clients write it, and reads what comes back.</summary>
public static class JsonCalls
{
    private static CancellationToken Cancelled => Xunit.TestContext.Current.CancellationToken;

    public static Task<HttpResponseMessage> PostJsonAsync(this HttpClient http, string path, JsonNode body) =>
        http.PostAsync(path, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), Cancelled);

    public static async Task<JsonNode> ReadJsonAsync(this HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!;

    /// <summary>A header's values, joined by commas; null: the answer lacks it.</summary>
    public static string? Header(this HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : null;
}
