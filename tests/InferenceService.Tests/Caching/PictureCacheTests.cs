using System.Net;
using System.Net.Http.Json;
using ImageToText.Contracts;
using ImageToText.InferenceService.Models;
using ImageToText.InferenceService.Tests.Node;
using ImageToText.ServiceDefaults.Redis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NetVips;

namespace ImageToText.InferenceService.Tests.Caching;

/// <summary>Captions cached by their pictures' pixels: real engine, real files, real Redis.</summary>
public sealed class PictureCacheTests : IAsyncLifetime
{
    private RedisProcess _redis = null!;
    private WebApplication _node = null!;
    private HttpClient _client = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisProcess.StartAsync();
        _node = InferenceApp.Create(
            [],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Configuration.AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        ["ConnectionStrings:redis"] = _redis.ConnectionString,
                        ["Inference:Cache:Patience"] = "00:00:20",
                        ["ServiceDefaults:Telemetry"] = "false",
                        ["ServiceDefaults:DrainDelay"] = "00:00:00",
                    }
                );
                builder.WebHost.UseUrls("http://127.0.0.1:0");
            }
        );
        await _node.StartAsync(Cancelled);
        _client = new HttpClient { BaseAddress = new Uri(_node.Urls.Single()) };
        await _node.Services.GetRequiredService<ModelStore>().LoadAsync("starter", Cancelled);
        await Eventually.HoldsAsync(() => _node.Services.GetRequiredService<RedisLink>().IsOpen);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _node.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Png_and_lossless_webp_of_a_picture_share_an_entry_and_one_more_pixel_does_not()
    {
        using var picture = Image.NewFromFile(Path.Combine(AppContext.BaseDirectory, "Fixtures", "images", "rgb.png"));
        using var changed = picture.Mutate(image => image.DrawRect([picture[7, 5][0] > 127 ? 0 : 255, 10, 10], 7, 5, 1, 1));
        var made = await CaptionAsync(picture.WriteToBuffer(".png"));
        var webp = await CaptionAsync(picture.WriteToBuffer(".webp", new VOption { { "lossless", true } }));
        var bigger = await CaptionAsync(picture.WriteToBuffer(".png", new VOption { { "compression", 1 }, { "interlace", true } }));
        var other = await CaptionAsync(changed.WriteToBuffer(".png"));

        Assert.Equal(("miss", "hit", "hit", "miss"), (made.Cache, webp.Cache, bigger.Cache, other.Cache));
        Assert.Equal(made.Caption.Text, webp.Caption.Text);
        Assert.Equal(made.Caption.Details!.Confidence, webp.Caption.Details!.Confidence);
        Assert.Equal(made.Caption.Details.Sequences[0].LogProbabilities, webp.Caption.Details.Sequences[0].LogProbabilities);
        Assert.Equal(("png", "webp"), (made.Caption.Details.Image.Format, webp.Caption.Details.Image.Format));
    }

    [Fact]
    public async Task A_jpeg_with_comments_equals_the_jpeg_without()
    {
        byte[] plain = await File.ReadAllBytesAsync(
            Path.Combine(AppContext.BaseDirectory, "Fixtures", "images", "baseline-420.jpg"),
            Cancelled
        );
        byte[] comment = "a comment of no meaning"u8.ToArray();
        byte[] commented = [.. plain[..2], 0xFF, 0xFE, 0, (byte)(comment.Length + 2), .. comment, .. plain[2..]];
        var made = await CaptionAsync(plain);
        var known = await CaptionAsync(commented);
        Assert.Equal(("miss", "hit"), (made.Cache, known.Cache));
        Assert.Equal(made.Caption.Text, known.Caption.Text);
    }

    [Fact]
    public async Task Prompt_options_and_cache_control_count()
    {
        byte[] picture = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "images", "gray.png"), Cancelled);
        Assert.Equal("miss", (await CaptionAsync(picture)).Cache);
        Assert.Equal("hit", (await CaptionAsync(picture)).Cache);
        Assert.Equal("miss", (await CaptionAsync(picture, ("prompt", "a photo of"))).Cache);
        Assert.Equal("miss", (await CaptionAsync(picture, ("num_beams", "2"))).Cache);
        Assert.Equal("miss", (await CaptionAsync(picture, ("do_sample", "true"))).Cache);
        Assert.Equal("miss", (await CaptionAsync(picture, ("do_sample", "true"))).Cache);
        Assert.Equal("miss", (await CaptionAsync(picture, "no-cache")).Cache);
        Assert.Equal("hit", (await CaptionAsync(picture)).Cache);
        // Spelling out the model's defaults doesn't make a different request.
        Assert.Equal("hit", (await CaptionAsync(picture, ("suppress_defect_words", "true"))).Cache);
    }

    [Fact]
    public async Task A_known_caption_is_streamed_at_once()
    {
        byte[] picture = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "images", "gray.jpg"), Cancelled);
        var made = await CaptionAsync(picture);
        using var form = TestNode.Form(picture, ("stream", "true"));
        using var answer = await _client.PostAsync("/image-to-text", form, Cancelled);
        string[] events = (await answer.Content.ReadAsStringAsync(Cancelled)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("hit", answer.Headers.GetValues("x-cache").Single());
        Assert.Equal(2, events.Length);
        Assert.Contains(made.Caption.Text, events[0], StringComparison.Ordinal);
        Assert.StartsWith("event: caption", events[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Captions_continue_without_redis()
    {
        await _redis.KillAsync();
        byte[] picture = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "Fixtures", "images", "thin.png"), Cancelled);
        Assert.Equal("miss", (await CaptionAsync(picture)).Cache);
        Assert.Equal("miss", (await CaptionAsync(picture)).Cache);
    }

    private Task<(string Cache, CaptionResponse Caption)> CaptionAsync(byte[] picture, params (string, string)[] fields) =>
        CaptionAsync(picture, null, fields);

    private async Task<(string Cache, CaptionResponse Caption)> CaptionAsync(
        byte[] picture,
        string? cacheControl,
        params (string, string)[] fields
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text")
        {
            Content = TestNode.Form(picture, [.. fields, ("details", "true")]),
        };
        if (cacheControl is not null)
        {
            request.Headers.Add("Cache-Control", cacheControl);
        }

        using var answer = await _client.SendAsync(request, Cancelled);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (
            answer.Headers.GetValues("x-cache").Single(),
            (await answer.Content.ReadFromJsonAsync(NodeApiJson.Default.CaptionResponse, Cancelled))!
        );
    }
}
