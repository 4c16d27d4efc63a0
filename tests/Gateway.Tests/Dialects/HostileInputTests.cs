using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Dialects;

/// <summary>
/// What no client should send, through every dialect: each gets a 4xx in its own shape, or (where a mutation did no harm) a caption.
/// The long form: IMAGETOTEXT_MUTATIONS=10000.
/// </summary>
public sealed class HostileInputTests(ITestOutputHelper output)
{
    private static readonly int Mutations =
        int.Parse(Environment.GetEnvironmentVariable("IMAGETOTEXT_MUTATIONS") ?? "3000", CultureInfo.InvariantCulture);

    private static readonly byte[] Picture = Pictures.Png(64, 64);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_comes_in_is_answered_with_4xx_in_its_dialect_and_billed_to_nobody()
    {
        await using var house = await House.BuildAsync();
        using var http = house.Client(house.Pricing.AddKey("alice"));
        var count = 0;
        foreach (var (name, request) in Bad())
        {
            using (request)
            using (var answer = await http.SendAsync(request, Cancelled))
            {
                Assert.True((int)answer.StatusCode is >= 400 and < 500 and not 429, $"{name}: {(int)answer.StatusCode}");
                Assert.True(await IsOfDialectAsync(request, answer), $"{name}: {await answer.Content.ReadAsStringAsync(Cancelled)}");
                Assert.False(answer.Headers.Contains("x-cost-usd"), name);
                count++;
            }
        }

        output.WriteLine($"{count} refused");
        Assert.Equal(0, house.Nodes[0].Behaviour.Received);
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Empty(house.Pricing.Ledger);
        await StillServesAsync(house, http);
    }

    [Fact]
    public async Task Mutations_of_good_requests_get_a_caption_or_4xx_and_only_captions_are_billed()
    {
        await using var house = await House.BuildAsync();
        using var http = house.Client(house.Pricing.AddKey("alice"));
        var random = new Random(20260131);
        var good = Good();
        var delivered = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var (path, type, body) = good[i % good.Length];
            var mutated = Mutate(random, body);
            using var request = Post(path, type, mutated);
            using var answer = await http.SendAsync(request, Cancelled);
            var status = (int)answer.StatusCode;
            Assert.True(status is 200 or (>= 400 and < 500 and not 429), $"mutation {i} of {path}: {status}");
            if (status == 200)
            {
                delivered++;
                await answer.Content.ReadAsByteArrayAsync(Cancelled);
            }
            else
            {
                Assert.True(await IsOfDialectAsync(request, answer), $"mutation {i} of {path}: {await answer.Content.ReadAsStringAsync(Cancelled)}");
            }
        }

        output.WriteLine($"{Mutations} mutations, {delivered} did no harm");
        await http.GetStringAsync("/usage", Cancelled);
        Assert.Equal(delivered, house.Pricing.Ledger.Count);
        await StillServesAsync(house, http);
    }

    // The only node is not suspended: the next good request is captioned at once.
    private static async Task StillServesAsync(House house, HttpClient http)
    {
        using var answer = await http.PostAsync("/image-to-text", Pictures.Form(Picture), Cancelled);
        answer.EnsureSuccessStatusCode();
        Assert.Equal(0, house.Service<ImageToText.Gateway.Intake.PictureIntake>().Room.Held);
    }

    private static IEnumerable<(string Name, HttpRequestMessage Request)> Bad()
    {
        var hub = "/models/" + PricingStandIn.Model;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", "bad")).Order(StringComparer.Ordinal))
        {
            // Damage behind the header is for a node to find: nothing is decoded here.
            var name = Path.GetFileName(file);
            if (name.StartsWith("truncated", StringComparison.Ordinal) || name is "corrupt-data.png" or "header-only.png" or "header-only.jpg")
            {
                continue;
            }

            var bytes = File.ReadAllBytes(file);
            yield return ("form " + name, new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = Pictures.Form(bytes) });
            yield return ("native json " + name, Post("/image-to-text", "application/json", Native(bytes)));
            yield return ("hub bytes " + name, Post(hub, "image/png", bytes));
            yield return ("hub json " + name, Post(hub, "application/json", Hub(bytes)));
            yield return ("chat " + name, Post("/v1/chat/completions", "application/json", Chat(bytes)));
        }

        foreach (var path in new[] { "/image-to-text", hub, "/v1/chat/completions" })
        {
            foreach (var text in new[]
            {
                "", "{", "null", "[]", "7", "\"text\"", "{}", "{\"image\":7,\"inputs\":7,\"messages\":7}",
                "{\"image\":null,\"inputs\":null,\"messages\":null}", "{\"image\":\"\",\"inputs\":\"\",\"messages\":[]}",
                "{\"image\":\"***\",\"inputs\":\"***\",\"messages\":[7]}",
                "{\"inputs\":{},\"image\":{},\"messages\":[{\"content\":[{\"type\":\"image_url\"}]}]}",
                "{\"image\":\"data:image/png,abc\",\"inputs\":\"data:image/png,abc\",\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":\"data:image/png,abc\"}]}]}",
                string.Concat(Enumerable.Repeat("[", 10_000)), string.Concat(Enumerable.Repeat("{\"a\":", 5_000)), "\u00ff\u0000",
                "{\"image\":\"" + new string('x', 100_000) + "\",\"inputs\":\"" + new string('x', 100_000) + "\",\"messages\":\"" + new string('x', 100_000) + "\"}",
            })
            {
                yield return ($"{path} {text[..Math.Min(20, text.Length)]}", Post(path, "application/json", Encoding.UTF8.GetBytes(text)));
            }

            yield return (path + " as text", Post(path, "text/plain", "hello"u8.ToArray()));
            yield return (path + " as a form without boundary", Post(path, "multipart/form-data", Picture));
            yield return (path + " as a torn form", Post(path, "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n"u8.ToArray()));
            yield return (path + " as a nameless form", Post(path, "multipart/form-data; boundary=b", "--b\r\n\r\nhello\r\n--b--\r\n"u8.ToArray()));
            var encoded = Post(path, "application/json", Picture);
            encoded.Content!.Headers.ContentEncoding.Add("gzip");
            yield return (path + " compressed", encoded);
        }
    }

    private static (string Path, string Type, byte[] Body)[] Good()
    {
        using var form = Pictures.Form(Picture);
        var type = form.Headers.ContentType!.ToString();
        using var memory = new MemoryStream();
        form.CopyTo(memory, null, CancellationToken.None);
        return
        [
            ("/image-to-text", type, memory.ToArray()),
            ("/image-to-text", "application/json", Native(Picture)),
            ("/models/" + PricingStandIn.Model, "image/png", Picture),
            ("/models/" + PricingStandIn.Model, "application/json", Hub(Picture)),
            ("/v1/chat/completions", "application/json", Chat(Picture)),
        ];
    }

    private static byte[] Mutate(Random random, byte[] body)
    {
        var mutated = body.ToList();
        for (var times = random.Next(1, 6); times > 0 && mutated.Count > 0; times--)
        {
            var at = random.Next(mutated.Count);
            var length = Math.Min(random.Next(1, 32), mutated.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    mutated[at] = (byte)random.Next(256);
                    break;
                case 1:
                    mutated.RemoveRange(at, length);
                    break;
                case 2:
                    mutated.InsertRange(at, mutated.GetRange(at, length));
                    break;
                case 3:
                    mutated.RemoveRange(at, mutated.Count - at);
                    break;
                default:
                    mutated[at] ^= (byte)(1 << random.Next(8));
                    break;
            }
        }

        return [.. mutated];
    }

    private static async Task<bool> IsOfDialectAsync(HttpRequestMessage request, HttpResponseMessage answer)
    {
        var path = request.RequestUri!.ToString();
        try
        {
            var error = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))?["error"];
            return path.Contains("/models/", StringComparison.Ordinal) ? error?.GetValueKind() == JsonValueKind.String
                : path.Contains("/v1/", StringComparison.Ordinal) ? error?["type"] is not null && error["message"] is not null && error["code"] is not null
                : error?["request_id"] is not null && error["message"] is not null && error["code"] is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static HttpRequestMessage Post(string path, string type, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content };
    }

    private static byte[] Native(byte[] picture) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["image"] = Convert.ToBase64String(picture), ["num_beams"] = 2 }.ToJsonString());

    private static byte[] Hub(byte[] picture) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["inputs"] = Convert.ToBase64String(picture), ["parameters"] = new JsonObject { ["max_new_tokens"] = 9 } }.ToJsonString());

    private static byte[] Chat(byte[] picture) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["messages"] = new JsonArray(new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonArray(new JsonObject
            {
                ["type"] = "image_url",
                ["image_url"] = new JsonObject { ["url"] = "data:image/png;base64," + Convert.ToBase64String(picture) },
            }),
        }),
    }.ToJsonString());
}
