using System.Net;
using System.Runtime.CompilerServices;
using ImageToText.Client.Jobs;
using ImageToText.Contracts.Jobs;

namespace ImageToText.Client.Tests;

/// <summary>Jobs and batches against a real gateway with fake nodes.</summary>
public sealed class JobTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_is_started_watched_and_read_tried_again_and_deleted()
    {
        using var photos = new TemporaryFolder();
        await File.WriteAllBytesAsync(Path.Combine(photos.Path, "a.png"), Pictures.Png(16, 16), Cancelled);
        photos.Write("b.png", "no picture at all");
        await using var cluster = await TestCluster.BuildAsync(
            settings: ["Gateway:OpenFolders:Folders:0:Name=photos", $"Gateway:OpenFolders:Folders:0:Path={photos.Path}"]
        );
        using var http = cluster.Client();
        var jobs = Client(cluster, http).Jobs;

        var started = await jobs.SubmitAsync(
            new JobRequest
            {
                Folder = "photos",
                CompletionWindow = "2h",
                Options = new CaptionOptions { NumBeams = 3, Details = true },
            },
            Cancelled
        );
        var ended = await jobs.WatchAsync(started.Id, Cancelled).LastAsync(Cancelled);
        Assert.Equal(("completed", new JobCounts(2, 1, 1)), (ended.Status, ended.Pictures));
        Assert.Equal(started.CreatedAt.AddHours(2), ended.ExpiresAt);
        var results = await jobs.GetResultsAsync(started.Id, Cancelled).ToListAsync(Cancelled);
        Assert.Equal([("photos/a.png", "a picture", null), ("photos/b.png", null, "unsupported_image")], results.Select(Told));
        Assert.NotNull(results[0].Result!.Details);
        Assert.Equal("3", cluster.Nodes[0].Behaviour.LastForm["num_beams"]);
        using var copy = new MemoryStream();
        await jobs.CopyResultsAsync(started.Id, copy, Cancelled);
        Assert.Equal(2, copy.ToArray().Count(static letter => letter == '\n'));

        await File.WriteAllBytesAsync(Path.Combine(photos.Path, "b.png"), Pictures.Png(17, 17), Cancelled);
        var again = await jobs.RetryAsync(started.Id, Cancelled);
        Assert.Equal(started.Id, again.RetryOf);
        Assert.Equal(new JobCounts(1, 1, 0), (await jobs.WatchAsync(again.Id, Cancelled).LastAsync(Cancelled)).Pictures);
        Assert.Equal("completed", (await jobs.CancelAsync(again.Id, Cancelled)).Status);
        Assert.Equal([again.Id, started.Id], await jobs.ListAsync(Cancelled).Select(static job => job.Id).ToListAsync(Cancelled));

        await jobs.DeleteAsync(started.Id, Cancelled);
        var gone = await Assert.ThrowsAsync<ImageToTextException>(() => jobs.GetAsync(started.Id, Cancelled));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Uploaded_pictures_have_a_quote_a_batch_and_results()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        var batches = Client(cluster, http).Batches;
        string file = await batches.UploadAsync(
            Given(
                new Picture(Pictures.Png(16, 16), "ä \"b\".png"),
                new Picture("no picture at all"u8.ToArray()),
                new Picture(Pictures.Png(20, 20))
            ),
            new CaptionOptions { Prompt = "a photo of", NumBeams = 3 },
            Cancelled
        );
        var quote = (await batches.GetQuoteAsync(file, Cancelled))!;
        Assert.Equal((((16 * 16) + (20 * 20)) * 2.5e-10m, 3, 1), (quote.LeastUsd, quote.Pictures, quote.Bounded));
        var tooDear = await Assert.ThrowsAsync<ImageToTextException>(() =>
            batches.StartAsync(file, maxCostUsd: quote.LeastUsd, cancellationToken: Cancelled)
        );
        Assert.Equal((HttpStatusCode.PaymentRequired, "price_above_cap"), (tooDear.StatusCode, tooDear.Code));

        var started = await batches.StartAsync(file, quote.MostUsd, cancellationToken: Cancelled);
        var ended = await batches.WatchAsync(started.Id, Cancelled).LastAsync(Cancelled);
        Assert.Equal(
            ("completed", new JobCounts(3, 2, 1), quote.LeastUsd, quote),
            (ended.Status, ended.Pictures, ended.CostUsd, ended.Quote)
        );
        Assert.Equal(
            [("ä \"b\".png", "a picture", null, 200), ("picture 3", "a picture", null, 200), ("picture 2", null, "unsupported_image", 415)],
            await batches
                .GetResultsAsync(started.Id, Cancelled)
                .Select(static result => (result.Picture, result.Text, result.Error?.Code, result.Status))
                .ToListAsync(Cancelled)
        );
        var form = cluster.Nodes[0].Behaviour.LastForm;
        Assert.Equal(("a photo of", "3"), (form["prompt"], form["num_beams"]));
        Assert.Equal(ended.Status, (await batches.CancelAsync(started.Id, Cancelled)).Status);
        Assert.Equal([started.Id], await batches.ListAsync(Cancelled).Select(static batch => batch.Id).ToListAsync(Cancelled));
        await batches.DeleteFileAsync(file, Cancelled);
        var gone = await Assert.ThrowsAsync<ImageToTextException>(() => batches.GetQuoteAsync(file, Cancelled));
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Pictures_that_can_not_be_told_apart_are_refused_before_anything_is_started()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        var batches = Client(cluster, http).Batches;
        var twice = new Picture(Pictures.Png(16, 16), "a.png");
        var fault = await Assert.ThrowsAsync<ArgumentException>(() =>
            batches.UploadAsync(Given(twice, twice), cancellationToken: Cancelled)
        );
        Assert.Contains("Two pictures are called 'a.png'", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(() => batches.UploadAsync(Given(), cancellationToken: Cancelled));
    }

    [Fact]
    public async Task Watching_goes_on_when_the_connection_breaks_and_ends_when_it_breaks_for_good()
    {
        const string job =
            """{"id":"job_1","status":"STATUS","pictures":{"total":2,"captioned":1,"failed":0},"failures":{},"cost_usd":0,"created_at":"2026-01-31T12:00:00Z","expires_at":"2026-02-07T12:00:00Z"}""";
        using var handler = new StubHandler(
            static () => Events("progress", "in_progress"),
            static () => Events("end", "completed"),
            static () => StubHandler.Answer(200, "text/event-stream", "")
        );
        var jobs = handler
            .Client(static options =>
            {
                options.MaxRetries = 2;
                options.RetryDelay = TimeSpan.Zero;
            })
            .Jobs;
        Assert.Equal(
            ["in_progress", "completed"],
            await jobs.WatchAsync("job_1", Cancelled).Select(static told => told.Status).ToListAsync(Cancelled)
        );
        Assert.Equal(2, handler.Received);

        var broken = await Assert.ThrowsAsync<ImageToTextException>(async () =>
            await jobs.WatchAsync("job_1", Cancelled).ToListAsync(Cancelled)
        );
        Assert.Equal((ClientErrorCode.Unreachable, 5), (broken.Code, handler.Received));

        static HttpResponseMessage Events(string name, string status) =>
            StubHandler.Answer(
                200,
                "text/event-stream",
                $"event: {name}\ndata: {job.Replace("STATUS", status, StringComparison.Ordinal)}\n\n"
            );
    }

    [Fact]
    public async Task What_starts_a_job_is_sent_once()
    {
        using var handler = new StubHandler(static () => StubHandler.Busy("0"));
        var client = handler.Client(static options => options.MaxRetries = 3);
        var refused = await Assert.ThrowsAsync<ImageToTextException>(() =>
            client.Jobs.SubmitAsync(new JobRequest { Addresses = ["https://host/a.jpg"] }, Cancelled)
        );
        Assert.Equal(("overloaded", 1), (refused.Code, handler.Received));
    }

    [Fact]
    public async Task What_fails_while_the_caller_makes_the_pictures_comes_out_as_it_is()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        var own = await Assert.ThrowsAsync<FileNotFoundException>(() =>
            Client(cluster, http).Batches.UploadAsync(Missing(), cancellationToken: Cancelled)
        );
        Assert.Equal("b.png is gone", own.Message);

        static async IAsyncEnumerable<Picture> Missing()
        {
            await Task.Yield();
            yield return new Picture(Pictures.Png(16, 16), "a.png");
            throw new FileNotFoundException("b.png is gone");
        }
    }

    [Fact]
    public async Task A_limit_that_ends_an_upload_is_named_even_if_the_caller_was_making_a_picture()
    {
        using var handler = new StubHandler(static () => throw new InvalidOperationException("Nothing arrives whole."));
        using var http = new HttpClient(handler, disposeHandler: false) { Timeout = TimeSpan.FromMilliseconds(100) };
        var client = new ImageToTextClient(http, new ImageToTextClientOptions { Endpoint = new Uri("http://gateway.test") });
        var late = await Assert.ThrowsAsync<ImageToTextException>(() =>
            client.Batches.UploadAsync(Waits(Cancelled), cancellationToken: Cancelled)
        );
        Assert.Equal(ClientErrorCode.Timeout, late.Code);
        Assert.Contains("which is HttpClient.Timeout", late.Message, StringComparison.Ordinal);

        static async IAsyncEnumerable<Picture> Waits([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            yield break;
        }
    }

    [Fact]
    public async Task What_is_gone_when_it_is_deleted_again_is_deleted()
    {
        const string gone = """{"error":{"message":"There is no such job.","code":"not_found","request_id":"r1"}}""";
        using var handler = new StubHandler(
            static () => StubHandler.Answer(504, "text/html", "The proxy lost the answer."),
            static () => StubHandler.Answer(404, "application/json", gone)
        );
        var client = handler.Client(static options =>
        {
            options.MaxRetries = 1;
            options.RetryDelay = TimeSpan.Zero;
        });
        await client.Jobs.DeleteAsync("job_1", Cancelled);
        Assert.Equal(2, handler.Received);
        await Assert.ThrowsAsync<ImageToTextException>(() => client.Batches.DeleteFileAsync("file-1", Cancelled));
    }

    [Fact]
    public async Task The_limit_that_ended_a_call_is_named()
    {
        using var handler = new StubHandler(static () =>
            throw new TaskCanceledException("HttpClient.Timeout elapsed.", new TimeoutException())
        );
        var late = await Assert.ThrowsAsync<ImageToTextException>(() => handler.Client().Jobs.GetAsync("job_1", Cancelled));
        Assert.Equal(ClientErrorCode.Timeout, late.Code);
        Assert.Contains("which is HttpClient.Timeout", late.Message, StringComparison.Ordinal);
    }

    private static (string Picture, string? Text, string? Code) Told(JobResult result) =>
        (result.Picture, result.Result?.Text, result.Error?.Code);

    private static async IAsyncEnumerable<Picture> Given(params Picture[] pictures)
    {
        foreach (var picture in pictures)
        {
            await Task.Yield();
            yield return picture;
        }
    }

    private static ImageToTextClient Client(TestCluster cluster, HttpClient http) =>
        new(http, new ImageToTextClientOptions { ApiKey = cluster.Pricing.AddKey("alice"), Timeout = TimeSpan.FromDays(1) });
}
