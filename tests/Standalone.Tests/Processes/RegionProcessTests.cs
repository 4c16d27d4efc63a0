using System.Net;
using System.Text.Json;
using ImageToText.Fixtures;

namespace ImageToText.Standalone.Tests.Processes;

/// <summary>Tasks that locate things, in the service and on the command line, by a random model that answers with regions.</summary>
public sealed class RegionProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _model;

    public RegionProcessTests()
    {
        _model = Path.Combine(_folder.Path, "places");
        PlaceWriter.Write(Path.Combine(Repository.Root, "tests", "Fixtures", "families", "florence2-remote"), _model);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Details_have_regions_even_from_the_cache_and_a_task_without_input_is_free()
    {
        using var data = new TemporaryFolder();
        using var process = StandaloneProcess.Start(["serve", "--port", "0", "--data", data.Path, "--model", _model, "--provider", "cpu"]);
        var (url, _) = await process.ReadBannerAsync(Cancelled);
        using var http = new HttpClient { BaseAddress = url };

        var (made, cache) = await DetectAsync(http);
        Assert.Equal("miss", cache);
        // Nothing is cached until the service has reached the cache.
        await Eventually.HoldsAsync(async () =>
        {
            var (known, outcome) = await DetectAsync(http);
            Assert.Equal(made, known);
            return outcome == "hit";
        });

        string before = await http.GetStringAsync("usage", Cancelled);
        foreach (
            var (prompt, rule) in new[]
            {
                ("<CAPTION> a dog", "takes no other text"),
                ("<region_to_ocr>", "needs a region"),
                ("<FOO>", "<OCR>"),
            }
        )
        {
            using var refused = await http.PostAsync("image-to-text", Form(("prompt", prompt)), Cancelled);
            Assert.Equal(HttpStatusCode.UnprocessableContent, refused.StatusCode);
            Assert.Contains(rule, await MessageAsync(refused), StringComparison.Ordinal);
        }

        Assert.Equal(Cost(before), Cost(await http.GetStringAsync("usage", Cancelled)));
    }

    [Fact]
    public async Task The_command_line_prints_regions_as_JSON()
    {
        string picture = Path.Combine(StandaloneProcess.Samples, "cat.png");
        var ended = await StandaloneProcess.RunAsync(
            ["caption", picture, "--model", _model, "--prompt", "<od>", "--max-new-tokens", "20", "--json", "--details"],
            cancellationToken: Cancelled
        );
        Assert.Equal((0, ""), (ended.Code, ended.Error));
        using var line = JsonDocument.Parse(ended.Out);
        Assert.Equal(4, Regions(line.RootElement).GetArrayLength());
        Assert.Equal("region 1\nregion 2\nregion 3\nregion 4", line.RootElement.GetProperty("text").GetString());
    }

    public void Dispose() => _folder.Dispose();

    private static async Task<(string Regions, string Cache)> DetectAsync(HttpClient http)
    {
        using var form = Form(("prompt", "<OD>"), ("details", "true"), ("max_new_tokens", "20"));
        using var answer = await http.PostAsync("image-to-text", form, Cancelled);
        string body = await answer.Content.ReadAsStringAsync(Cancelled);
        Assert.True(answer.IsSuccessStatusCode, body);
        using var json = JsonDocument.Parse(body);
        var regions = Regions(json.RootElement);
        Assert.Equal(4, regions.GetArrayLength());
        Assert.All(
            regions.EnumerateArray(),
            static region =>
            {
                Assert.InRange(region.GetProperty("left").GetDouble(), 0, region.GetProperty("right").GetDouble());
                Assert.InRange(region.GetProperty("right").GetDouble(), 0, 512);
                Assert.Equal("", region.GetProperty("label").GetString());
            }
        );
        return (regions.GetRawText(), answer.Headers.GetValues("x-cache").Single());
    }

    private static JsonElement Regions(JsonElement answer) =>
        answer.GetProperty("details").GetProperty("sequences")[0].GetProperty("regions");

    private static MultipartFormDataContent Form(params (string Name, string Value)[] fields) =>
        Pictures.Form(Pictures.Png(512, 512), fields);

    private static async Task<string> MessageAsync(HttpResponseMessage answer)
    {
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancelled));
        return json.RootElement.GetProperty("error").GetProperty("message").GetString()!;
    }

    private static string Cost(string usage)
    {
        using var json = JsonDocument.Parse(usage);
        return json.RootElement.GetProperty("report").GetProperty("total").GetProperty("cost_usd").ToString();
    }
}
