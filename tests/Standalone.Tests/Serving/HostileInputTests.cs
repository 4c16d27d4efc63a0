using System.Text.Json;
using ImageToText.Standalone.Tests.Operators;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>
/// Sends damaged pictures and requests in every dialect to the whole service, with a node that really decodes and captions.
/// </summary>
public sealed class HostileInputTests(RunningService service, ITestOutputHelper output) : IClassFixture<RunningService>, IDisposable
{
    private const string Model = "starter";
    private const int Rounds = 8;

    private readonly HttpClient _http = new() { BaseAddress = service.Address };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task Damaged_pictures_are_refused_free_of_charge_in_every_dialect_and_leave_nothing_behind()
    {
        string[] files = Directory
            .GetFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", "bad"))
            .Order(StringComparer.Ordinal)
            .ToArray();
        Assert.True(files.Length >= 18, "The damaged pictures are missing.");
        int before = await CaptionsAsync();
        long settled = 0;
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string? file in files)
            {
                foreach (var (dialect, request) in HostileRequests.OfPicture(await File.ReadAllBytesAsync(file, Cancelled), Model))
                {
                    using (request)
                    {
                        var verdict = await HostileRequests.AskAsync(_http, request, Cancelled);
                        Assert.True(verdict.IsRefusedProperly, $"{Path.GetFileName(file)} as {dialect}: {verdict}");
                    }
                }
            }

            // The first rounds fill pools and caches and compile code.
            settled = round == Rounds / 2 ? service.Memory() : settled;
        }

        long grown = service.Memory() - settled;
        output.WriteLine(
            $"{files.Length} files, {settled >> 20} MiB after {(Rounds / 2) + 1} rounds, {grown >> 20} MiB more after {Rounds}"
        );
        Assert.InRange(grown, long.MinValue, 48L << 20);
        await AssertUnharmedAsync(before);
    }

    [Fact]
    public async Task Mutated_requests_get_a_caption_or_4xx_and_only_captions_are_billed()
    {
        int before = await CaptionsAsync();
        foreach (var (name, request) in HostileRequests.OfBodies(Model))
        {
            using (request)
            {
                var verdict = await HostileRequests.AskAsync(_http, request, Cancelled);
                Assert.True(verdict.IsRefusedProperly, $"{name}: {verdict}");
            }
        }

        int mutations = HostileRequests.MutationsOr(600);
        int delivered = 0;
        await foreach (var (mutation, verdict) in HostileRequests.AskMutatedAsync(_http, Model, mutations, Cancelled))
        {
            Assert.True(verdict.Status == 200 || verdict.IsRefusedProperly, $"{mutation}: {verdict}");
            delivered += verdict.Delivered;
        }

        output.WriteLine($"{mutations} mutations, {delivered} did no harm");
        await AssertUnharmedAsync(before + delivered);
    }

    // Only captions were charged, no attempt counted against the node, and it still captions.
    private async Task AssertUnharmedAsync(int captions)
    {
        Assert.Equal(captions, await CaptionsAsync());
        using var answer = await _http.PostAsync("image-to-text", Pictures.Form(Pictures.Png(96, 96, shade: 7)), Cancelled);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
        string scraped = await _http.GetStringAsync("metrics", Cancelled);
        Assert.Contains("outcome=\"delivered\"", scraped, StringComparison.Ordinal);
        Assert.DoesNotContain("outcome=\"failed\"", scraped, StringComparison.Ordinal);
        Assert.DoesNotContain("outcome=\"unable\"", scraped, StringComparison.Ordinal);
    }

    private async Task<int> CaptionsAsync()
    {
        using var usage = JsonDocument.Parse(await _http.GetStringAsync("usage", Cancelled));
        return usage.RootElement.GetProperty("report").GetProperty("total").GetProperty("captions").GetInt32();
    }
}
