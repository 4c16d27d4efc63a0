using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using ImageToText.Standalone.Tests.Operators;

namespace ImageToText.Standalone.Tests.Processes;

public sealed class ServeProcessTests(RunningService service) : IClassFixture<RunningService>
{
    private static readonly string Cat = Path.Combine(StandaloneProcess.Samples, "cat.png");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_prints_its_address_answers_and_stops_on_request()
    {
        using var folder = new TemporaryFolder();
        using var process = StandaloneProcess.Start(["--port", "0", "--data", folder.Path]);
        var (url, banner) = await process.ReadBannerAsync(Cancelled);
        Assert.True(url.IsLoopback);
        Assert.Contains("starter", banner, StringComparison.Ordinal);

        using var http = new HttpClient { BaseAddress = url };
        string answer = await CaptionAsync(http, null);
        Assert.Contains("cat", answer, StringComparison.Ordinal);

        var command = await StandaloneProcess.RunAsync(["caption", Cat], cancellationToken: Cancelled);
        Assert.Equal(command.Out.Trim(), answer);

        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill sends no signals there");
        process.Signal("INT");
        Assert.Equal(0, (await process.EndAsync(Cancelled)).Code);
    }

    [Fact]
    public async Task Captions_are_priced_and_survive_a_restart_on_the_same_data()
    {
        using var folder = new TemporaryFolder();
        byte[] square = Pictures.Png(512, 512);
        for (int run = 1; run <= 2; run++)
        {
            using var process = StandaloneProcess.Start(["serve", "--port", "0", "--data", folder.Path]);
            var (url, _) = await process.ReadBannerAsync(Cancelled);
            using var http = new HttpClient { BaseAddress = url };
            using var answer = await http.PostAsync("image-to-text", Pictures.Form(square, ("prompt", $"run {run}")), Cancelled);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancelled));
            Assert.Equal(
                ("0.000065536", "standalone"),
                (answer.Headers.GetValues("x-cost-usd").Single(), answer.Headers.GetValues("x-node").Single())
            );

            using var usage = JsonDocument.Parse(await http.GetStringAsync("usage", Cancelled));
            var total = usage.RootElement.GetProperty("report").GetProperty("total");
            Assert.Equal(run, total.GetProperty("captions").GetInt32());
            Assert.Equal(run * 0.000065536m, decimal.Parse(total.GetProperty("cost_usd").ToString(), CultureInfo.InvariantCulture));

            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                (await File.ReadAllTextAsync(Path.Combine(folder.Path, "operator-token"), Cancelled)).Trim()
            );
            string ledger = await http.GetStringAsync("pricing/usage/export", Cancelled);
            Assert.Equal(run, Regex.Count(ledger, @",0\.000065536,0\.000065536,"));

            Assert.SkipWhen(OperatingSystem.IsWindows(), "kill sends no signals there");
            process.Signal("TERM");
            Assert.Equal(0, (await process.EndAsync(Cancelled)).Code);
        }
    }

    [Fact]
    public async Task Pages_from_this_machine_may_call_if_it_listens_on_loopback_only()
    {
        await AssertMayCallAsync(service.Address, mayCall: true);
        using var folder = new TemporaryFolder();
        using var process = StandaloneProcess.Start(["serve", "--host", "0.0.0.0", "--port", "0", "--data", folder.Path]);
        var (url, _) = await process.ReadBannerAsync(Cancelled);
        await AssertMayCallAsync(url, mayCall: false);
        process.Signal("INT");
        await process.EndAsync(Cancelled);
    }

    [Fact]
    public async Task Two_runs_cannot_share_a_data_folder()
    {
        var second = await StandaloneProcess.RunAsync(["serve", "--port", "0", "--data", service.Data], cancellationToken: Cancelled);
        Assert.Equal(1, second.Code);
        Assert.Contains("in use", second.Error, StringComparison.Ordinal);
        Assert.Contains("--data", second.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_is_served_under_its_name_alongside_the_starter()
    {
        using var folder = new TemporaryFolder();
        string mine = Path.Combine(folder.Path, "mine");
        Directory.CreateDirectory(mine);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "models", "starter")))
        {
            File.Copy(file, Path.Combine(mine, Path.GetFileName(file)));
        }

        using var process = StandaloneProcess.Start(["serve", "--port", "0", "--data", Path.Combine(folder.Path, "data"), "--model", mine]);
        var (url, banner) = await process.ReadBannerAsync(Cancelled);
        Assert.Contains("mine", banner, StringComparison.Ordinal);
        using var http = new HttpClient { BaseAddress = url };
        await AssertLoadedWhenAskedForAsync(http, "starter");
        string[] texts = new[] { await CaptionAsync(http, null), await CaptionAsync(http, "mine"), await CaptionAsync(http, "starter") };
        Assert.Single(texts.Distinct());
        using var models = JsonDocument.Parse(await http.GetStringAsync("models", Cancelled));
        Assert.Equal("mine", models.RootElement.GetProperty("default_model_id").GetString());
        process.Signal("INT");
        await process.EndAsync(Cancelled);
    }

    [Fact]
    public async Task A_port_in_use_is_reported_in_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        int port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var ended = await StandaloneProcess.RunAsync(["serve", "--port", $"{port}"], cancellationToken: Cancelled);
        Assert.Equal(1, ended.Code);
        Assert.Contains($"Port {port}", ended.Error, StringComparison.Ordinal);
        Assert.Contains("--port", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error + ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_without_a_model_is_refused_at_startup()
    {
        using var folder = new TemporaryFolder();
        var ended = await StandaloneProcess.RunAsync(
            ["serve", "--port", "0", "--data", folder.Path, "--model", folder.Path],
            cancellationToken: Cancelled
        );
        Assert.Equal(1, ended.Code);
        Assert.Contains("config.json", ended.Error, StringComparison.Ordinal);
    }

    private static async Task AssertMayCallAsync(Uri url, bool mayCall)
    {
        using var http = new HttpClient { BaseAddress = url };
        foreach (var (origin, isAllowed) in ((string, bool)[])[("http://localhost:5173", mayCall), ("https://app.example.org", false)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "models");
            request.Headers.Add("Origin", origin);
            using var answer = await http.SendAsync(request, Cancelled);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(isAllowed, answer.Headers.Contains("Access-Control-Allow-Origin"));
        }
    }

    // As Hugging Face's clients do: get a retry time, or wait for the model.
    private static async Task AssertLoadedWhenAskedForAsync(HttpClient http, string model)
    {
        byte[] cat = await File.ReadAllBytesAsync(Cat, Cancelled);
        using var early = await http.PostAsync("models/" + model, new ByteArrayContent(cat), Cancelled);
        using var told = JsonDocument.Parse(await early.Content.ReadAsStringAsync(Cancelled));
        Assert.Equal(HttpStatusCode.TooManyRequests, early.StatusCode);
        Assert.Contains("being loaded", told.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.True(told.RootElement.GetProperty("estimated_time").GetDouble() > 0);

        using var waiting = new HttpRequestMessage(HttpMethod.Post, "models/" + model) { Content = new ByteArrayContent(cat) };
        waiting.Headers.Add("X-Wait-For-Model", "true");
        using var waited = await http.SendAsync(waiting, Cancelled);
        Assert.True(waited.IsSuccessStatusCode, await waited.Content.ReadAsStringAsync(Cancelled));
        using var later = await http.PostAsync("models/" + model, new ByteArrayContent(cat), Cancelled);
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    private static async Task<string> CaptionAsync(HttpClient http, string? model)
    {
        using var form = new MultipartFormDataContent();
        var image = new ByteArrayContent(await File.ReadAllBytesAsync(Cat, Cancelled));
        image.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        form.Add(image, "image", "cat.png");
        if (model is not null)
        {
            form.Add(new StringContent(model), "model_id");
        }

        using var response = await http.PostAsync("image-to-text", form, Cancelled);
        string body = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.IsSuccessStatusCode, body);
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("text").GetString()!;
    }
}
