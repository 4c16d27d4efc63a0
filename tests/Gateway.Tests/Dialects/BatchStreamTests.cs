using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>A batch whose results come as they are done, in the form that the caller accepts.</summary>
public sealed class BatchStreamTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly byte[] Square = Pictures.Png(64, 64);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("text/event-stream", "text/event-stream")]
    [InlineData("application/x-ndjson", "application/x-ndjson")]
    [InlineData("application/json;q=0.5, application/x-ndjson", "application/x-ndjson")]
    [InlineData("*/*, text/event-stream;q=0.1", "application/json")]
    [InlineData(null, "application/json")]
    public async Task The_form_of_the_answer_is_the_one_accepted(string? accept, string expected)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var request = Request(accept, Square, "no picture at all, but long enough"u8.ToArray(), Pictures.Png(32, 32));
        using var answer = await http.SendAsync(request, Cancelled);
        string body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, body);
        Assert.Equal(expected, answer.Content.Headers.ContentType!.MediaType);
        JsonNode[] results;
        decimal cost;
        if (expected == "application/json")
        {
            results = [.. JsonNode.Parse(body)!["results"]!.AsArray().Select(static result => result!)];
            cost = (decimal)JsonNode.Parse(body)!["cost_usd"]!;
            Assert.Equal([0, 1, 2], results.Select(static result => (int)result["index"]!));
        }
        else
        {
            JsonNode[] values = [.. Values(body)];
            results = values[..^1];
            cost = (decimal)values[^1]["cost_usd"]!;
            Assert.Equal((2, 1), ((int)values[^1]["captioned"]!, (int)values[^1]["refused"]!));
        }

        Assert.Equal([0, 1, 2], results.Select(static result => (int)result["index"]!).Order());
        Assert.Equal("unsupported_image", (string)results.Single(static result => (int)result["index"]! == 1)["error"]!["code"]!);
        Assert.Equal(results.Sum(static result => (decimal)result["cost_usd"]!), cost);
        Assert.Equal(0, cluster.Service<ImageToText.Gateway.Intake.PictureIntake>().Room.Held);
    }

    [Fact]
    public async Task A_result_arrives_while_others_are_still_being_made()
    {
        await using var cluster = await TestCluster.BuildAsync();
        var go = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = go.Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var request = Request("application/x-ndjson", Square, "no picture at all, but long enough"u8.ToArray());
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancelled));
        Assert.Contains("unsupported_image", await reader.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        go.SetResult();
        Assert.Contains("a picture", await reader.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        Assert.Contains("\"captioned\":1", await reader.ReadToEndAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_who_leaves_frees_everything()
    {
        await using var cluster = await TestCluster.BuildAsync();
        cluster.Nodes[0].Behaviour.Holds = new TaskCompletionSource().Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using (var request = Request("text/event-stream", Square, "no picture at all, but long enough"u8.ToArray()))
        {
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        }

        await Eventually.HoldsAsync(() => cluster.Service<ImageToText.Gateway.Intake.PictureIntake>().Room.Held == 0);
    }

    private static IEnumerable<JsonNode> Values(string body) =>
        body.Split('\n')
            .Select(static line => line.StartsWith("data: ", StringComparison.Ordinal) ? line["data: ".Length..] : line)
            .Where(static line => line.StartsWith('{'))
            .Select(static line => JsonNode.Parse(line)!);

    private static HttpRequestMessage Request(string? accept, params byte[][] pictures)
    {
        var form = new MultipartFormDataContent();
        foreach (byte[] picture in pictures)
        {
            form.Add(new ByteArrayContent(picture), "images", "a.png");
        }

        var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text/batch") { Content = form };
        foreach (string type in accept?.Split(", ") ?? [])
        {
            request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(type));
        }

        return request;
    }
}
