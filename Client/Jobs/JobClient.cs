using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Client.Requests;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;

namespace ImageToText.Client.Jobs;

/// <inheritdoc cref="IJobClient"/>
internal sealed class JobClient(GatewayCalls calls) : IJobClient
{
    // A folder may hold a million pictures.
    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public Task<JobQuote> QuoteAsync(JobRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return PostAsync("jobs/quote", JobBody.Of(request), GatewayApiJson.Default.JobQuote, static _ => true, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<JobInfo> SubmitAsync(JobRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return StartAsync("jobs", JobBody.Of(request), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<JobInfo> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        string path = PathOf(id);
        return calls.ReadAsync(() => calls.Get(path), GatewayApiJson.Default.JobInfo, IsWhole, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<JobInfo> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? after = null;
        while (true)
        {
            var page = await calls.ReadAsync(
                () => calls.Get("jobs", ("limit", "100"), ("after", after)),
                GatewayApiJson.Default.JobList,
                static answer => answer.Jobs?.All(IsWhole) == true,
                cancellationToken
            );
            foreach (var job in page.Jobs)
            {
                yield return job;
            }

            if (!page.HasMore || page.Jobs.Count == 0)
            {
                yield break;
            }

            after = page.Jobs[^1].Id;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<JobInfo> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string path = PathOf(id, "/events");
        int breaks = 0;
        while (true)
        {
            await using var events = await calls.OpenAsync(
                () => calls.Get(path),
                static (body, silence) => SseParser.Create(body, static (_, data) => data.ToArray()).EnumerateAsync(silence),
                cancellationToken
            );
            while (true)
            {
                JobInfo job;
                bool hasEnded;
                try
                {
                    (job, hasEnded) = await calls.GuardAsync(token => NextAsync(events, token), cancellationToken);
                    breaks = 0;
                }
                catch (ImageToTextException broken)
                    when (broken.Code is ClientErrorCode.Unreachable or ClientErrorCode.Timeout && breaks < calls.MaxRetries)
                {
                    // The job goes on, and the next connection tells where it is.
                    breaks++;
                    break;
                }

                yield return job;
                if (hasEnded)
                {
                    yield break;
                }
            }

            await calls.PauseAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<JobInfo> CancelAsync(string id, CancellationToken cancellationToken = default)
    {
        string path = PathOf(id, "/cancel");
        return calls.ReadAsync(() => calls.Make(HttpMethod.Post, path), GatewayApiJson.Default.JobInfo, IsWhole, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<JobInfo> RetryAsync(string id, CancellationToken cancellationToken = default) =>
        StartAsync(PathOf(id, "/retry"), null, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<JobResult> GetResultsAsync(string id, CancellationToken cancellationToken = default)
    {
        string path = PathOf(id, "/results");
        return calls.LinesAsync(() => calls.Get(path), GatewayApiJson.Default.JobResult, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task CopyResultsAsync(string id, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        string path = PathOf(id, "/results");
        await using var pieces = await calls.OpenAsync(() => calls.Get(path), PiecesOf, cancellationToken);
        while (await calls.GuardAsync(pieces.MoveNextAsync, cancellationToken))
        {
            await destination.WriteAsync(pieces.Current, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string id, CancellationToken cancellationToken = default)
    {
        string path = PathOf(id);
        return calls.DeleteAsync(path, cancellationToken);
    }

    private static string PathOf(string id, string rest = "")
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(id);
        return $"jobs/{Uri.EscapeDataString(id)}{rest}";
    }

    private static bool IsWhole(JobInfo job) => job is { Id: not null, Status: not null, Pictures: not null, Failures: not null };

    private async Task<(JobInfo Job, bool HasEnded)> NextAsync(ItemStream<SseItem<byte[]>> events, CancellationToken cancellationToken)
    {
        if (!await events.MoveNextAsync(cancellationToken))
        {
            throw new IOException("the connection ended before the job.");
        }

        var item = events.Current;
        return item.EventType == JobStream.ErrorEvent ? throw Answers.ErrorOf(item.Data, events.Response, calls.Time.GetUtcNow())
            : JsonSerializer.Deserialize(item.Data, GatewayApiJson.Default.JobInfo) is { } job && IsWhole(job)
                ? (job, item.EventType == JobStream.EndEvent)
            : throw new JsonException("An event holds no job.");
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesOf(
        Stream body,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        byte[] piece = new byte[64 * 1024];
        while (await body.ReadAsync(piece, cancellationToken) is > 0 and var length)
        {
            yield return piece.AsMemory(0, length);
        }
    }

    private Task<JobInfo> StartAsync(string path, JsonObject? body, CancellationToken cancellationToken) =>
        PostAsync(path, body, GatewayApiJson.Default.JobInfo, IsWhole, cancellationToken);

    private Task<T> PostAsync<T>(
        string path,
        JsonObject? body,
        JsonTypeInfo<T> type,
        Predicate<T> isWhole,
        CancellationToken cancellationToken
    )
        where T : class =>
        calls.ReadOnceAsync(
            () => calls.Make(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body, CaptionOptionsJson.Default.JsonObject)),
            type,
            isWhole,
            StartPatience,
            cancellationToken
        );
}
