using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>
/// Replays the requests of published clients (tests/Fixtures/clients) to a gateway. Its answers must have the form that the client
/// accepted when it was recorded: the media type, and each field with its kind.
/// </summary>
public sealed class RecordedClientTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private const string Caption = "a red square";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Calls { get; } =
    [
        .. Recorded("ollama-python")
            .Concat(Recorded("litellm-python"))
            .Concat(Recorded("photoprism"))
            .Concat(Recorded("openai-python"))
            .Concat(Recorded("huggingface_hub-python")),
    ];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_recorded_call_is_answered_in_the_form_that_its_client_takes(string client, string call)
    {
        var cluster = await shared.AsNewAsync();
        cluster.Nodes[0].Behaviour.Text = Caption;
        // As if it had been pulled.
        await cluster.RegisterAsync(
            static (_, node) =>
                node with
                {
                    Models = [.. node.Models, node.Models[0] with { ModelId = "Salesforce/blip-image-captioning-base" }],
                }
        );
        string key = cluster.Pricing.AddKey("alice");
        using var http = cluster.Client(key);
        var recorded = CallsOf(client).Single(recorded => (string)recorded["call"]! == call);
        foreach (var request in recorded["requests"]!.AsArray())
        {
            using var message = MessageOf(request!, key);
            using var answer = await http.SendAsync(message, Cancelled);
            string body = await answer.Content.ReadAsStringAsync(Cancelled);

            Assert.True(answer.StatusCode == HttpStatusCode.OK, body);
            Assert.Equal((string)request!["answer"]!["type"]!, answer.Content.Headers.ContentType!.MediaType);
            string[] expected = LinesOf((string)request["answer"]!["body"]!);
            string[] lines = LinesOf(body);
            AssertForm(JsonNode.Parse(expected[0])!, JsonNode.Parse(lines[0])!, "$");
            AssertForm(JsonNode.Parse(expected[^1])!, JsonNode.Parse(lines[^1])!, "$");
            if (call.Contains("without a picture", StringComparison.Ordinal))
            {
                Assert.Contains("Please send a picture", string.Concat(lines.Select(TextOf)), StringComparison.Ordinal);
                Assert.Equal("0", answer.Headers.GetValues("x-cost-usd").Single());
            }
            else if (body.Contains("\"response\"", StringComparison.Ordinal) || body.Contains("\"message\"", StringComparison.Ordinal))
            {
                AssertText(recorded["understood"]!, string.Concat(lines.Select(TextOf)));
            }
        }
    }

    private static void AssertText(JsonNode understood, string text)
    {
        if (understood.GetValueKind() == System.Text.Json.JsonValueKind.String && (string)understood! is "load")
        {
            Assert.Equal("", text);
        }
        else
        {
            Assert.Contains(Caption, text, StringComparison.Ordinal);
        }
    }

    // What is empty in the record may be anything here.
    private static void AssertForm(JsonNode expected, JsonNode actual, string path)
    {
        Assert.True(
            expected.GetValueKind() == actual.GetValueKind(),
            $"{path} is {actual.ToJsonString()}, not like {expected.ToJsonString()}"
        );
        switch (expected)
        {
            case JsonObject fields:
                foreach (var (name, value) in fields)
                {
                    if (value is null)
                    {
                        continue;
                    }

                    Assert.True(actual[name] is not null, $"{path}.{name} is missing in {actual.ToJsonString()}");
                    AssertForm(value, actual[name]!, $"{path}.{name}");
                }

                break;
            case JsonArray { Count: > 0 } items when actual.AsArray() is { Count: > 0 } others:
                AssertForm(items[0]!, others[0]!, path + "[0]");
                break;
        }
    }

    private static HttpRequestMessage MessageOf(JsonNode request, string key)
    {
        var message = new HttpRequestMessage(HttpMethod.Parse((string)request["method"]!), (string)request["path"]!);
        if (request["body"] is { } body)
        {
            message.Content = new ByteArrayContent(
                (string?)(body as JsonObject)?["base64"] is { } bytes
                    ? Convert.FromBase64String(bytes)
                    : Encoding.UTF8.GetBytes(body.ToJsonString())
            );
        }

        foreach (var (name, value) in request["headers"]!.AsObject())
        {
            string text = ((string)value!).Replace("KEY", key, StringComparison.Ordinal);
            if (!message.Headers.TryAddWithoutValidation(name, text))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, text);
            }
        }

        return message;
    }

    private static string TextOf(string line)
    {
        var answer = JsonNode.Parse(line)!;
        return answer is JsonArray list
            ? (string?)list[0]!["generated_text"] ?? ""
            : TextIn(answer["response"])
                ?? TextIn(answer["message"]?["content"])
                ?? TextIn(answer["choices"]?.AsArray().FirstOrDefault()?["message"]?["content"])
                ?? TextIn(answer["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"])
                ?? TextIn(answer["delta"])
                ?? TextIn(answer["output"]?.AsArray().FirstOrDefault()?["content"]?[0]?["text"])
                ?? "";
    }

    private static string? TextIn(JsonNode? node) => node is JsonValue text ? text.ToString() : null;

    // Of an event stream, the data of its events.
    private static string[] LinesOf(string body) =>
        body.StartsWith("data:", StringComparison.Ordinal) || body.StartsWith("event:", StringComparison.Ordinal)
            ?
            [
                .. body.Split('\n')
                    .Where(static line => line.StartsWith("data: {", StringComparison.Ordinal))
                    .Select(static line => line["data: ".Length..]),
            ]
            : body.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<TheoryDataRow<string, string>> Recorded(string client) =>
        CallsOf(client)
            .Where(static call => !((string)call["call"]!).Contains("batch", StringComparison.Ordinal))
            .Select(call => new TheoryDataRow<string, string>(client, (string)call["call"]!));

    private static IEnumerable<JsonNode> CallsOf(string client) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "clients", client + ".json")))!["calls"]!
            .AsArray()
            .Select(static call => call!);
}
