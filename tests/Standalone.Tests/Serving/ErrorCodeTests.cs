using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Tests.Operators;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>
/// A whole service with a node that decodes and captions: what is damaged behind the header, and what only the model can refuse, has the
/// same code on every route as what the gateway itself refuses.
/// </summary>
public sealed class ErrorCodeTests(RunningService service) : IClassFixture<RunningService>
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("zero-size.png")]
    [InlineData("truncated-rgb.png")]
    [InlineData("truncated-progressive.jpg")]
    [InlineData("truncated-lossy.webp")]
    [InlineData("truncated-still.gif")]
    [InlineData("truncated-rgb24.bmp")]
    [InlineData("truncated-lzw.tiff")]
    [InlineData("corrupt-data.png")]
    [InlineData("header-only.jpg")]
    public async Task A_damaged_picture_is_422_invalid_image_wherever_it_is_found_out(string name)
    {
        byte[] picture = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "bad", name), Cancelled);
        await AssertRefusedAsync(picture, [], "invalid_image", null);
    }

    [Fact]
    public async Task An_option_that_only_the_model_can_refuse_is_422_invalid_parameter_with_its_name()
    {
        byte[] picture = await File.ReadAllBytesAsync(Path.Combine(ModelLocator.SamplesFolder, "cat.png"), Cancelled);
        await AssertRefusedAsync(picture, [("min_new_tokens", 45), ("max_new_tokens", 5)], "invalid_parameter", "min_new_tokens");
        await AssertRefusedAsync(picture, [("num_return_sequences", 3), ("num_beams", 2)], "invalid_parameter", "num_return_sequences");
    }

    private async Task AssertRefusedAsync(byte[] picture, (string Name, int Value)[] options, string code, string? param)
    {
        using var http = new HttpClient { BaseAddress = service.Address };
        foreach (string route in (string[])["/image-to-text", "/image-to-text/batch", "/models/starter", "/v1/chat/completions"])
        {
            foreach (bool streams in (bool[])[false, true])
            {
                using var content = Body(route, picture, options, streams);
                using var answer = await http.PostAsync(route, content, Cancelled);
                string text = await answer.Content.ReadAsStringAsync(Cancelled);
                var body = JsonNode.Parse(text)!;
                if (body["results"] is JsonArray results)
                {
                    body = results[0]!;
                    Assert.Equal(422, (int)body["status"]!);
                }
                else
                {
                    Assert.True(answer.StatusCode == HttpStatusCode.UnprocessableEntity, $"{route}: {text}");
                }

                var error = body["error"] as JsonObject ?? body.AsObject();
                Assert.True(code == (string?)(error["code"] ?? error["error_type"]), $"{route}: {text}");
                Assert.True(param is null || param == (string?)error["param"], $"{route}: {text}");
                string message = (string?)error["message"] ?? (string)error["error"]!;
                Assert.False(param is not null && message.StartsWith(param + ":", StringComparison.Ordinal), message);
                Assert.DoesNotContain("image: ", message, StringComparison.Ordinal);
            }
        }
    }

    private static HttpContent Body(string route, byte[] picture, (string Name, int Value)[] options, bool streams)
    {
        if (route.StartsWith("/image-to-text", StringComparison.Ordinal))
        {
            return Pictures.Form(
                picture,
                [
                    .. options.Select(static option =>
                        (option.Name, option.Value.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    ),
                    ("stream", streams ? "true" : "false"),
                ]
            );
        }

        var body = new JsonObject();
        var parameters = new JsonObject();
        string base64 = Convert.ToBase64String(picture);
        if (route.StartsWith("/models", StringComparison.Ordinal))
        {
            body["inputs"] = base64;
            body["parameters"] = parameters;
        }
        else
        {
            parameters = body;
            body["stream"] = streams;
            body["messages"] = new JsonArray(
                new JsonObject
                {
                    ["role"] = "user",
                    ["content"] = new JsonArray(
                        new JsonObject { ["type"] = "image_url", ["image_url"] = "data:image/png;base64," + base64 }
                    ),
                }
            );
        }

        foreach (var (name, value) in options)
        {
            parameters[name] = value;
        }

        return JsonContent.Create(body);
    }
}
