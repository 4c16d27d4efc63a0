using System.Net;
using ImageToText.Standalone.Serving;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>
/// Who waits for /health can ask for a caption, the first time as well as on data that knows the network of an earlier run.
/// </summary>
public sealed class ReadinessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_that_is_ready_captions_also_when_it_was_started_again()
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
            finally
            {
                process.Signal("TERM");
                written = (await process.EndAsync(CancellationToken.None)).Out;
            }

            // Who waits for the service asks often: its terminal is not filled with each answer.
            Assert.DoesNotContain("Health check", written, StringComparison.Ordinal);
        }
    }

    // The file is there while the service runs, and before the banner: that one waits for the node by itself.
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
                    // It is not there yet, or being written.
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
