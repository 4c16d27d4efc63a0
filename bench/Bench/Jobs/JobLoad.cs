using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace ImageToText.Bench.Jobs;

/// <summary>A batch of new photographs that runs until it is cancelled.</summary>
internal sealed class JobLoad : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private readonly HttpClient _http;
    private readonly string _batch;

    private JobLoad(HttpClient http, string batch)
    {
        _http = http;
        _batch = batch;
    }

    /// <summary>Starts it, and waits until its first items are done.</summary>
    /// <param name="address">The gateway's address.</param>
    /// <param name="pictures">JPEG files, one for each item.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<JobLoad> StartAsync(Uri address, IReadOnlyList<byte[]> pictures, CancellationToken cancellationToken)
    {
        var http = new HttpClient { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };
        var lines = new ByteArrayContent(Encoding.UTF8.GetBytes(string.Join('\n', pictures.Select(Line))));
        lines.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
        form.Add(lines, "file", "library.jsonl");
        var file = await ReadAsync(
            await http.PostAsync(new Uri("/v1/files", UriKind.Relative), form, cancellationToken),
            cancellationToken
        );
        var body = new JsonObject
        {
            ["input_file_id"] = (string)file["id"]!,
            ["endpoint"] = "/v1/chat/completions",
            ["completion_window"] = "24h",
        };
        var batch = await ReadAsync(
            await http.PostAsJsonAsync(new Uri("/v1/batches", UriKind.Relative), body, cancellationToken),
            cancellationToken
        );
        var load = new JobLoad(http, (string)batch["id"]!);
        while (await load.DoneAsync(cancellationToken) == 0)
        {
            await Task.Delay(Look, cancellationToken);
        }

        return load;
    }

    /// <summary>How many items are done.</summary>
    /// <exception cref="InvalidOperationException">All of them are, or some failed: nothing more can be measured.</exception>
    public async Task<int> DoneAsync(CancellationToken cancellationToken)
    {
        var counts = (await StateAsync(cancellationToken))["request_counts"]!;
        var (total, done, failed) = ((int)counts["total"]!, (int)counts["completed"]!, (int)counts["failed"]!);
        return failed == 0 && done < total
            ? done
            : throw new InvalidOperationException($"Of the job's {total} items {done} are done and {failed} failed: give it more.");
    }

    /// <summary>Cancels it, and waits for its end.</summary>
    public async ValueTask DisposeAsync()
    {
        using (_http)
        {
            (await _http.PostAsync(new Uri($"/v1/batches/{_batch}/cancel", UriKind.Relative), null)).Dispose();
            while ((string)(await StateAsync(CancellationToken.None))["status"]! is not ("cancelled" or "completed"))
            {
                await Task.Delay(Look);
            }
        }
    }

    private static string Line(byte[] picture, int index) =>
        new JsonObject
        {
            ["custom_id"] = index.ToString(CultureInfo.InvariantCulture),
            ["method"] = "POST",
            ["url"] = "/v1/chat/completions",
            ["body"] = ChatBody.OfAddress("data:image/jpeg;base64," + Convert.ToBase64String(picture)),
        }.ToJsonString();

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        using (answer)
        {
            string text = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException(text);
        }
    }

    private async Task<JsonNode> StateAsync(CancellationToken cancellationToken) =>
        JsonNode.Parse(await _http.GetStringAsync(new Uri($"/v1/batches/{_batch}", UriKind.Relative), cancellationToken))!;
}
