using System.Net;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Serving;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>
/// Once /health succeeds, a caption works: on the first start as well as on data that remembers an earlier run's network.
/// </summary>
public sealed class ReadinessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_ready_service_captions_even_after_a_restart()
    {
        using var data = new TemporaryFolder();
        for (int run = 0; run < 2; run++)
        {
            using var process = StandaloneProcess.Start(["serve", "--port", "0", "--data", data.Path]);
            process.ReadRest();
            string written;
            try
            {
                using var http = new HttpClient { BaseAddress = await AddressAsync(DataFolder.AddressFileIn(data.Path)) };
                await ReadyAsync(http);
                await CaptionAsync(http);
            }
            finally
            {
                process.Signal("TERM");
                written = (await process.EndAsync(CancellationToken.None)).Out;
            }

            // Callers poll while they wait. The terminal must not fill up with these requests.
            Assert.DoesNotContain("Health check", written, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_caption_asked_for_before_the_node_is_known_waits_for_it()
    {
        using var folder = new TemporaryFolder();
        using var data = DataFolder.Open(folder.Path);
        var settings = new ServeSettings { Port = 0 };
        await using var services = await StandaloneServices.StartAsync(settings, data, Task.CompletedTask, Cancelled);
        using var http = new HttpClient { BaseAddress = new Uri(services.Gateway.Urls.First()) };

        // Neither is told how far the start is: the gateway may know the node by now, but nobody has said that it is ready.
        var models = http.GetAsync(new Uri("/models", UriKind.Relative), Cancelled);
        var caption = CaptionAsync(http);
        using (var health = await http.GetAsync(new Uri("/health", UriKind.Relative), Cancelled))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        }

        Assert.False(models.IsCompleted || caption.IsCompleted);
        await services.WaitForNodeAsync(Cancelled);
        using var listed = await models;
        Assert.Contains(ModelLocator.Starter, await listed.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        await caption;
    }

    private static async Task CaptionAsync(HttpClient http)
    {
        using var form = new MultipartFormDataContent
        {
            {
                new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(StandaloneProcess.Samples, "cat.png"), Cancelled)),
                "image",
                "cat.png"
            },
        };
        using var answer = await http.PostAsync(new Uri("/image-to-text", UriKind.Relative), form, Cancelled);
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Cancelled)}");
    }

    // The file appears before the banner, which itself waits for the node, and stays while the service runs.
    private static async Task<Uri> AddressAsync(string file)
    {
        string line = "";
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    line = await File.ReadAllTextAsync(file, Cancelled);
                    return line.EndsWith('\n');
                }
                catch (IOException)
                {
                    // The file doesn't exist yet, or is being written.
                    return false;
                }
            },
            seconds: 60
        );
        return new Uri(line.Trim());
    }

    private static Task ReadyAsync(HttpClient http) =>
        Eventually.HoldsAsync(
            async () =>
            {
                using var answer = await http.GetAsync(new Uri("/health", UriKind.Relative), Cancelled);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            seconds: 60
        );
}
