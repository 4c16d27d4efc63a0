using System.Net;
using ImageToText.FakeNode;
using ImageToText.Standalone.Tests.Processes;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>Who waits for /health can ask for a caption, the first time as well as on data that knows the network of an earlier run.</summary>
public sealed class ReadinessTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_that_is_ready_captions_also_when_it_was_started_again()
    {
        using var data = new TemporaryFolder();
        for (var run = 0; run < 2; run++)
        {
            var port = LoopbackPort.Free();
            using var process = StandaloneProcess.Start(["serve", "--port", $"{port}", "--data", data.Path]);
            try
            {
                using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
                await ReadyAsync(http);
                using var form = new MultipartFormDataContent
                {
                    { new ByteArrayContent(await File.ReadAllBytesAsync(Path.Combine(StandaloneProcess.Samples, "cat.png"), Cancelled)), "image", "cat.png" },
                };
                using var answer = await http.PostAsync(new Uri("/image-to-text", UriKind.Relative), form, Cancelled);
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
            }
            finally
            {
                process.Signal("TERM");
                await process.EndAsync(CancellationToken.None);
            }
        }
    }

    private static Task ReadyAsync(HttpClient http) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                using var answer = await http.GetAsync(new Uri("/health", UriKind.Relative), Cancelled);
                return answer.StatusCode == HttpStatusCode.OK;
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
                return false;
            }
        },
        seconds: 60);
}
