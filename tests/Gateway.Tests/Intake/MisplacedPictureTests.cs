using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ImageToText.Gateway.Tests.ErrorCodes;
using ImageToText.Gateway.Tests.StandIns;

namespace ImageToText.Gateway.Tests.Intake;

/// <summary>Pictures in the wrong place or form: the error says what to do.</summary>
public sealed class MisplacedPictureTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private static readonly byte[] Square = Pictures.Png(300, 300, padding: 100_000);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_form_is_told_what_to_do()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await AssertAsync(http, "/image-to-text", Form(("file", Square, "cat.png")), 400, "image_missing", "picture in the field 'image'");
        await AssertAsync(http, "/image-to-text/batch", Form(("file", Square, "cat.png")), 400, "image_missing", "in the field 'images'");
        await AssertAsync(
            http,
            "/image-to-text",
            Form(("image", Square, "a.png"), ("image", Square, "b.png")),
            400,
            "invalid_request",
            "/image-to-text/batch takes many"
        );
        await AssertAsync(http, "/image-to-text", Form(("image", [], "a.png")), 400, "image_missing", "is empty");
        await AssertAsync(http, "/image-to-text", Text("~/cats/cat"), 415, "unsupported_image", "path on your machine");
        await AssertAsync(http, "/image-to-text", Text("C:\\cats\\cat.png"), 415, "unsupported_image", "path on your machine");
        await AssertAsync(http, "/image-to-text", Text("cat.png"), 415, "unsupported_image", "-F image=@cat.png");
        await AssertAsync(http, "/image-to-text", Text("s3://cats/cat"), 415, "unsupported_image", "https://");
        await AssertAsync(http, "/image-to-text", Text("[137, 80, 78, 71]"), 415, "unsupported_image", "list of numbers");
        await AssertAsync(http, "/image-to-text", Text(Convert.ToBase64String(Square)), 415, "unsupported_image", "base64");
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Theory]
    [InlineData("/image-to-text", "image")]
    [InlineData("/models/MODEL", "inputs")]
    public async Task JSON_is_told_what_to_do(string path, string field)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        path = path.Replace("MODEL", PricingHost.Model, StringComparison.Ordinal);
        await AssertAsync(
            http,
            path,
            Json("file", Convert.ToBase64String(Square)),
            400,
            "image_missing",
            $"picture in the field '{field}'"
        );
        await AssertAsync(http, path, Json("prompt", "a"), 400, "image_missing", $"picture in the field '{field}'");
        await AssertAsync(http, path, Json(field, ""), 400, "image_missing", $"picture in the field '{field}'");
        await AssertAsync(http, path, Json(field, new JsonArray(137, 80, 78, 71)), 400, "invalid_request", "list of numbers");
        var buffer = new JsonObject { ["type"] = "Buffer", ["data"] = new JsonArray(137, 80) };
        await AssertAsync(http, path, Json(field, buffer), 400, "invalid_request", "list of numbers");
        await AssertAsync(http, path, Json(field, "./cats/cat.png"), 415, "unsupported_image", "path on your machine");
        await AssertAsync(http, path, Json(field, "file:///cats/cat"), 415, "unsupported_image", "path on your machine");
        await AssertAsync(http, path, Json(field, "ftp://example.org/cat"), 415, "unsupported_image", "https://");
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Theory]
    [InlineData("https://example.org/cat.png", "as text")]
    [InlineData("", "is empty")]
    public async Task A_body_that_is_no_picture_is_told_what_to_do(string body, string said)
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        await AssertAsync(
            http,
            "/models/" + PricingHost.Model,
            new StringContent(body),
            body.Length == 0 ? 400 : 415,
            body.Length == 0 ? "image_missing" : "unsupported_image",
            said
        );
    }

    private static async Task AssertAsync(HttpClient http, string path, HttpContent content, int status, string code, string said)
    {
        using var answer = await http.PostAsync(path, content, Cancelled);
        string text = await answer.Content.ReadAsStringAsync(Cancelled);
        var told = ToldError.InAnswer(text);
        bool isBatchEntry = answer.IsSuccessStatusCode;
        Assert.True(isBatchEntry || (status, code) == ((int)answer.StatusCode, told.Code), text);
        Assert.Contains(said, told.Message, StringComparison.Ordinal);
    }

    private static MultipartFormDataContent Form(params (string Field, byte[] Bytes, string Name)[] files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (field, bytes, name) in files)
        {
            form.Add(new ByteArrayContent(bytes), field, name);
        }

        return form;
    }

    private static MultipartFormDataContent Text(string value) => new() { { new StringContent(value), "image" } };

    private static JsonContent Json(string field, JsonNode value) => JsonContent.Create(new JsonObject { [field] = value });
}
