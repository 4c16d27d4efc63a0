using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.Buckets;
using ImageToText.Gateway.Tests.StandIns;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>Jobs whose pictures are in a bucket. Needs Node.js and <c>npm ci</c> in tests/Clients.</summary>
public sealed class BucketJobTests : IAsyncLifetime
{
    private S3Process _server = null!;
    private AmazonS3Client _s3 = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(S3Process.Missing is not null, S3Process.Missing ?? "");
        // Credentials come from nowhere else. No other test uses them.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", S3Process.Credential);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", S3Process.Credential);
        _server = await S3Process.StartAsync();
        _s3 = new AmazonS3Client(
            new BasicAWSCredentials(S3Process.Credential, S3Process.Credential),
            new AmazonS3Config
            {
                ServiceURL = _server.Address.AbsoluteUri,
                ForcePathStyle = true,
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        _s3?.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_bucket_is_captioned_and_gets_text_files_and_all_results()
    {
        await PutAsync("photos/2026/a.png", Pictures.Png(16, 16));
        await PutAsync("photos/2026/a.bmp.png", Pictures.Png(17, 17));
        await PutAsync("photos/2026/deep/b.png", Pictures.Png(18, 18));
        await PutAsync("photos/2026/a.jpg", "no picture"u8.ToArray());
        await PutAsync("photos/2026/notes.txt", "mine"u8.ToArray());
        await PutAsync("photos/2025/old.png", Pictures.Png(19, 19));
        await PutAsync("photos 2/c.png", Pictures.Png(20, 20));
        await using var cluster = await TestCluster.BuildAsync(settings: [.. Open(0, "library")]);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var asked = new JsonObject
        {
            ["bucket"] = "library",
            ["prefix"] = "2026/",
            ["sidecars"] = true,
            ["results_key"] = "captions/2026.jsonl",
        };
        const long pixels = (16 * 16) + (17 * 17) + (18 * 18);
        Assert.Equal(new JobQuote(pixels * 2.5e-10m, pixels * 2.5e-10m, pixels, 3, 0), await NativeJobs.QuoteAsync(http, asked));
        var started = await NativeJobs.StartAsync(http, asked);
        var ended = await NativeJobs.EndAsync(http, started.Id);
        Assert.Equal(
            ("completed", "library", "2026/", "captions/2026.jsonl", null),
            (ended.Status, ended.Bucket, ended.Prefix, ended.ResultsKey, ended.ResultsFault)
        );
        var results = await NativeJobs.ResultsAsync(http, started.Id);
        Assert.Equal(
            ["library/2026/a.bmp.png 200", "library/2026/a.png 200", "library/2026/deep/b.png 200", "library/2026/a.jpg 415"],
            results.Select(static line => $"{line.Picture} {line.Status}")
        );
        Assert.Equal("a picture\n", await TextAsync("photos/2026/deep/b.txt"));
        // a.jpg comes first and failed; its name stays its own.
        Assert.Equal(
            ["2026/a.bmp.txt", "2026/a.png.txt", "2026/deep/b.txt", "2026/notes.txt", "captions/2026.jsonl"],
            (await KeysAsync()).Where(static key => !key.EndsWith('g')).Select(static key => key["photos/".Length..])
        );
        Assert.Equal(await http.GetStringAsync($"/jobs/{started.Id}/results", Cancelled), await TextAsync("photos/captions/2026.jsonl"));

        await _s3.DeleteObjectAsync(S3Process.Bucket, "photos/2026/a.jpg", Cancelled);
        using var answer = await http.PostAsync($"/jobs/{started.Id}/retry", null, Cancelled);
        var retry = (await answer.Content.ReadFromJsonAsync(GatewayApiJson.Default.JobInfo, Cancelled))!;
        Assert.Equal($"captions/2026.{retry.Id}.jsonl", retry.ResultsKey);
        await NativeJobs.EndAsync(http, retry.Id);
        var gone = Read(Assert.Single(LinesOf(await TextAsync("photos/" + retry.ResultsKey))));
        Assert.Equal((404, "not_found"), (gone.Status, gone.Error!.Code));
        Assert.Contains("library/2026/a.jpg", gone.Error.Message, StringComparison.Ordinal);

        using var byTwos = new OpenBuckets(
            cluster.Service<IOptions<OpenBucketOptions>>(),
            cluster.Service<PictureIntake>(),
            TimeProvider.System
        )
        {
            PageSize = 2,
        };
        Assert.Equal(
            ["library/2025/old.png", "library/2026/a.bmp.png", "library/2026/a.png", "library/2026/deep/b.png"],
            await byTwos.PicturesAsync("library", "", Cancelled).ToArrayAsync(Cancelled)
        );
        // Longer than one part.
        byte[] much = new byte[9 * 1024 * 1024];
        Random.Shared.NextBytes(much);
        await byTwos.WriteAsync("library/much", "application/jsonl", new MemoryStream(much), Cancelled);
        Assert.Equal(much, await BytesAsync("photos/much"));
    }

    [Fact]
    public async Task What_is_not_open_or_refuses_starts_no_job()
    {
        await PutAsync("photos/a.png", Pictures.Png(16, 16));
        await using var refusing = await RefusingServerAsync();
        await using var cluster = await TestCluster.BuildAsync(
            settings:
            [
                .. Open(0, "library"),
                .. Open(1, "lost", bucket: "elsewhere"),
                .. Open(2, "shut", sidecars: false),
                .. Open(3, "refusing", server: refusing.Urls.First()),
            ]
        );
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        foreach (
            var (body, status) in ((string, int)[])
                [
                    ("""{"bucket":"pictures"}""", 404),
                    ("""{"bucket":"library","prefix":"../"}""", 404),
                    ("""{"bucket":"library","prefix":"none/"}""", 400),
                    ("""{"bucket":"lost"}""", 400),
                    ("""{"bucket":"shut","sidecars":true}""", 422),
                    ("""{"bucket":"shut","results_key":"a.jsonl"}""", 422),
                    ("""{"bucket":"library","results_key":"../a.jsonl"}""", 422),
                    ("""{"bucket":"library","results_key":"a.PNG"}""", 422),
                    ("""{"bucket":"library","folder":"library"}""", 400),
                    ("""{"prefix":"a/","addresses":["x"]}""", 400),
                    ("""{"bucket":"library"}""", 202),
                ]
        )
        {
            Assert.Equal((body, status), (body, await NativeJobs.PostAsync(http, body)));
        }

        using var refused = await http.PostAsJsonAsync("/jobs", new JsonObject { ["bucket"] = "refusing" }, Cancelled);
        var error = (await refused.Content.ReadFromJsonAsync(GatewayApiJson.Default.ErrorBody, Cancelled))!.Error;
        Assert.Equal((503, "bucket_denied"), ((int)refused.StatusCode, error.Code));
        Assert.Contains("answered 403 (InvalidAccessKeyId)", error.Message, StringComparison.Ordinal);
        await _server.KillAsync();
        Assert.Equal(503, await NativeJobs.PostAsync(http, """{"bucket":"library"}"""));
    }

    [Fact]
    public async Task A_bucket_that_goes_away_in_the_middle_is_waited_for_and_each_picture_has_one_result_and_one_charge()
    {
        const int count = 20;
        for (int i = 0; i < count; i++)
        {
            await PutAsync(string.Create(CultureInfo.InvariantCulture, $"photos/{i}.png"), Pictures.Png(16 + i, 16));
        }

        await using var cluster = await TestCluster.BuildAsync(settings: [.. Open(0, "library"), "Gateway:Jobs:Parallel=2"]);
        var held = new TaskCompletionSource();
        cluster.Nodes[0].Behaviour.Holds = held.Task;
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var started = await NativeJobs.StartAsync(
            http,
            new JsonObject
            {
                ["bucket"] = "library",
                ["sidecars"] = true,
                ["results_key"] = "captions.jsonl",
            }
        );
        await Eventually.HoldsAsync(() => cluster.Nodes[0].Behaviour.Received > 0);
        await _server.KillAsync();
        held.SetResult();
        await Eventually.HoldsAsync(async () =>
            (await http.GetFromJsonAsync("/jobs/" + started.Id, GatewayApiJson.Default.JobInfo, Cancelled))!.Pause
                is { Reason: "bucket_unavailable" }
        );

        await _server.StartAgainAsync();
        var ended = await NativeJobs.EndAsync(http, started.Id);
        Assert.Equal(("completed", new JobCounts(count, count, 0), null), (ended.Status, ended.Pictures, ended.Pause));
        Assert.Equal(
            Enumerable.Range(0, count),
            LinesOf(await TextAsync("photos/captions.jsonl")).Select(static line => Read(line).Index).Order()
        );
        Assert.Equal(count, (await KeysAsync()).Count(static key => key.EndsWith(".txt", StringComparison.Ordinal)));
        await http.GetStringAsync("/usage", Cancelled);
        var ledger = cluster.Pricing.Ledger;
        Assert.Equal(count, ledger.Count);
        Assert.Equal(Enumerable.Range(16, count).Sum() * 16 * 2.5e-10m, ledger.Values.Sum(static record => record.CostUsd));
    }

    /// <summary>A server that doesn't take the gateway's credentials.</summary>
    private static async Task<WebApplication> RefusingServerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = builder.Build();
        server.Run(static http =>
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            http.Response.ContentType = "application/xml";
            return http.Response.WriteAsync("<Error><Code>InvalidAccessKeyId</Code><Message>Unknown.</Message></Error>");
        });
        await server.StartAsync(Cancelled);
        return server;
    }

    private static string[] LinesOf(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static JobResult Read(string line) => JsonSerializer.Deserialize(line, GatewayApiJson.Default.JobResult)!;

    private IEnumerable<string> Open(int number, string name, string bucket = S3Process.Bucket, bool sidecars = true, string? server = null)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"Gateway:OpenBuckets:Buckets:{number}:");
        return
        [
            $"{key}Name={name}",
            $"{key}Bucket={bucket}",
            $"{key}Prefix=photos/",
            $"{key}ServiceUrl={server ?? _server.Address.AbsoluteUri}",
            $"{key}PathStyle=true",
            $"{key}Sidecars={sidecars}",
        ];
    }

    private Task<PutObjectResponse> PutAsync(string key, byte[] bytes) =>
        _s3.PutObjectAsync(
            new PutObjectRequest
            {
                BucketName = S3Process.Bucket,
                Key = key,
                InputStream = new MemoryStream(bytes),
                UseChunkEncoding = false,
            },
            Cancelled
        );

    private async Task<byte[]> BytesAsync(string key)
    {
        using var found = await _s3.GetObjectAsync(S3Process.Bucket, key, Cancelled);
        using var bytes = new MemoryStream();
        await found.ResponseStream.CopyToAsync(bytes, Cancelled);
        return bytes.ToArray();
    }

    private async Task<string> TextAsync(string key) => System.Text.Encoding.UTF8.GetString(await BytesAsync(key));

    private async Task<string[]> KeysAsync() =>
        [
            .. (
                await _s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = S3Process.Bucket, Prefix = "photos/" }, Cancelled)
            ).S3Objects.Select(static found => found.Key),
        ];
}
