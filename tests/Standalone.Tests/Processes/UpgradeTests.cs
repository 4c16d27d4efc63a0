using System.Net.Http.Json;
using System.Text.Json;

namespace ImageToText.Standalone.Tests.Processes;

/// <summary>A data folder from an older version with a different starter model.</summary>
public sealed class UpgradeTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_starter_has_its_own_revision_and_never_reuses_old_captions()
    {
        using var folder = new TemporaryFolder();
        string data = Path.Combine(folder.Path, "data");
        string starter = Path.Combine(folder.Path, "starter");
        Directory.CreateDirectory(starter);
        CopyStarter(starter);
        // The older starter calls cats dogs.
        string vocabulary = Path.Combine(starter, "vocab.txt");
        string words = await File.ReadAllTextAsync(vocabulary, Cancelled);
        await File.WriteAllTextAsync(
            vocabulary,
            string.Join(
                '\n',
                words
                    .Split('\n')
                    .Select(word =>
                        word is "cat" ? "dog"
                        : word is "dog" ? "cat"
                        : word
                    )
            ),
            Cancelled
        );

        var old = await CaptionTwiceAsync(data, starter);
        CopyStarter(starter);
        var anew = await CaptionTwiceAsync(data, starter);

        Assert.Contains("dog", old.Text, StringComparison.Ordinal);
        Assert.Contains("cat", anew.Text, StringComparison.Ordinal);
        Assert.NotEqual(old.Revision, anew.Revision);
        Assert.Equal((2, 4), (old.InTheBooks, anew.InTheBooks));
    }

    private static async Task<Captioned> CaptionTwiceAsync(string data, string starter)
    {
        using var process = StandaloneProcess.Start(["serve", "--port", "0", "--data", data, "--model", starter]);
        var (url, _) = await process.ReadBannerAsync(Cancelled);
        using var http = new HttpClient { BaseAddress = url };
        var first = await CaptionAsync(http);
        var second = await CaptionAsync(http);
        using var usage = JsonDocument.Parse(await http.GetStringAsync("usage", Cancelled));
        int captions = usage.RootElement.GetProperty("report").GetProperty("total").GetProperty("captions").GetInt32();
        process.Signal("TERM");
        Assert.Equal(0, (await process.EndAsync(Cancelled)).Code);
        Assert.Equal(first, second);
        return new Captioned(first.Text, first.Revision, captions);
    }

    private static async Task<(string Text, string Revision)> CaptionAsync(HttpClient http)
    {
        byte[] cat = await File.ReadAllBytesAsync(Path.Combine(StandaloneProcess.Samples, "cat.png"), Cancelled);
        using var answer = await http.PostAsync("image-to-text", Pictures.Form(cat), Cancelled);
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancelled);
        return (body.GetProperty("text").GetString()!, answer.Headers.GetValues("x-model-revision").Single());
    }

    private static void CopyStarter(string to)
    {
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "models", "starter")))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        }
    }

    private sealed record Captioned(string Text, string Revision, int InTheBooks);
}
