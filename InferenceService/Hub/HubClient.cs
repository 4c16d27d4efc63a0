using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.ServiceDefaults.Resilience;
using Polly;
using Polly.Retry;

namespace ImageToText.InferenceService.Hub;

/// <summary>
/// Speaks the hub's HTTP routes. It follows redirects, sends the token to the hub only, retries, and explains refusals.
/// </summary>
internal sealed class HubClient
{
    private const int MaxRedirects = 10;
    private const int LongestListing = 16 * 1024 * 1024;
    private const int LongestConfig = 1024 * 1024;

    private readonly HttpClient _http;
    private readonly HubOptions _options;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _retries;

    /// <param name="http">Must not follow redirects, and must not have its own timeout.</param>
    /// <param name="options">The hub's address, the token and the timeouts.</param>
    /// <param name="time">The clock for retries and timeouts.</param>
    public HubClient(HttpClient http, HubOptions options, TimeProvider time)
    {
        _http = http;
        _options = options;
        _time = time;
        _retries = new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<HubInterruptedException>(),
                    MaxRetryAttempts = options.MaxRetries,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.RetryDelay,
                    DelayGenerator = args => ValueTask.FromResult((args.Outcome.Exception as HubInterruptedException)?.RetryAfter),
                }
            )
            .Build();
    }

    /// <summary>The commit of a revision, its files, and what the hub says about the model.</summary>
    public async Task<HubListing> ListAsync(HubModelReference reference, CancellationToken cancellationToken)
    {
        var uri = ApiUri(reference, $"revision/{Uri.EscapeDataString(reference.Revision)}?blobs=true");
        var model = await GetJsonAsync(uri, reference, HubJson.Default.HubModelInfo, cancellationToken);
        if (model?.Sha is not { } commit || !HubCache.IsCommit(commit) || model.Siblings is null)
        {
            throw new HubException(HubFault.Corrupt, $"{uri} did not answer as a Hugging Face hub does: no commit or no files.");
        }

        var files = model.Siblings.Select(s => new HubFile(s.Rfilename, s.Lfs?.Sha256 ?? s.BlobId, s.Lfs?.Size ?? s.Size));
        return new HubListing(commit, [.. files], model.ReadLicence(new Uri(_options.Endpoint, reference.Id)), model.Safetensors?.Total);
    }

    /// <summary>A model's open pull requests, as far as the hub shows them.</summary>
    /// <param name="reference">The model.</param>
    /// <param name="author">Only those by this author, if the hub can tell.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    public async Task<IReadOnlyList<HubDiscussion>> ListPullRequestsAsync(
        HubModelReference reference,
        string author,
        CancellationToken cancellationToken
    )
    {
        // A page has about twenty of them; whatever has more than this is not a model's repository.
        const int MostPages = 50;
        var found = new List<HubDiscussion>();
        for (int page = 0; page < MostPages; page++)
        {
            var uri = ApiUri(reference, $"discussions?type=pull_request&status=open&author={author}&p={page}");
            var answer = await GetJsonAsync(uri, reference, HubJson.Default.HubDiscussions, cancellationToken);
            if (answer?.Discussions is not { Count: > 0 } discussions)
            {
                break;
            }

            found.AddRange(discussions);
            if (answer.Start + discussions.Count >= answer.Count)
            {
                break;
            }
        }

        return found;
    }

    /// <summary>The latest commits of a revision, newest first.</summary>
    public async Task<IReadOnlyList<string>> ListCommitsAsync(HubModelReference reference, CancellationToken cancellationToken)
    {
        var uri = ApiUri(reference, $"commits/{Uri.EscapeDataString(reference.Revision)}");
        return
        [
            .. (await GetJsonAsync(uri, reference, HubJson.Default.IReadOnlyListHubCommit, cancellationToken) ?? []).Select(commit =>
                commit.Id
            ),
        ];
    }

    /// <summary>Reads a small file without storing it.</summary>
    /// <exception cref="HubException">It is not small, or differs from the listing.</exception>
    public async Task<byte[]> ReadSmallAsync(HubModelReference reference, string commit, HubFile file, CancellationToken cancellationToken)
    {
        if (file.Size is null or > LongestConfig)
        {
            throw new HubException(
                HubFault.Unsupported,
                $"{reference}/{file.Name} has {file.Size} bytes; at most {LongestConfig} are allowed."
            );
        }

        byte[] content = await RetryAsync(
            async token =>
            {
                using var response = await OpenAsync(reference, commit, file, 0, token);
                return await ReadBodyAsync(response, LongestConfig, token);
            },
            cancellationToken
        );
        using var hash = new BlobHash(file.Hash!, content.Length);
        hash.Append(content);
        return hash.Finish() == hash.Expected
            ? content
            : throw new HubException(
                HubFault.Corrupt,
                $"{reference}/{file.Name} has a different {hash.Name} from the one that the hub announces."
            );
    }

    /// <summary>Completes a file whose hash or size is missing from the listing.</summary>
    public async Task<HubFile> DescribeAsync(HubModelReference reference, string commit, HubFile file, CancellationToken cancellationToken)
    {
        if (BlobHash.IsHash(file.Hash) && file.Size is not null)
        {
            return file;
        }

        return await RetryAsync(
            async token =>
            {
                using var response = await SendAsync(HttpMethod.Head, ResolveUri(reference, commit, file.Name), reference, null, token);
                long? size = LinkedSize(response) ?? response.Content.Headers.ContentLength;
                return LinkedHash(response) is { } hash && BlobHash.IsHash(hash) && size is not null
                    ? file with
                    {
                        Hash = hash,
                        Size = size,
                    }
                    : throw new HubException(
                        HubFault.Corrupt,
                        $"{_options.Endpoint.Host} does not give the size and hash of {reference}/{file.Name}."
                    );
            },
            cancellationToken
        );
    }

    /// <summary>Starts reading a file at <paramref name="offset"/>. The caller disposes of the response.</summary>
    /// <returns>200 (the whole file: the server ignored the offset) or 206.</returns>
    public async Task<HttpResponseMessage> OpenAsync(
        HubModelReference reference,
        string commit,
        HubFile file,
        long offset,
        CancellationToken cancellationToken
    )
    {
        var range = offset > 0 ? new RangeHeaderValue(offset, null) : null;
        return await SendAsync(HttpMethod.Get, ResolveUri(reference, commit, file.Name), reference, range, cancellationToken, file);
    }

    /// <summary>Runs an attempt until it succeeds, fails for good, or has been interrupted too often.</summary>
    public async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        try
        {
            return await _retries.ExecuteAsync(async token => await attempt(token), cancellationToken);
        }
        catch (HubInterruptedException e)
        {
            throw new HubException(
                HubFault.Unreachable,
                $"{e.Message} ({_options.MaxRetries + 1} attempts). Try again later: what has arrived is kept.",
                e
            );
        }
    }

    private async Task<T?> GetJsonAsync<T>(Uri uri, HubModelReference reference, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class =>
        await RetryAsync(
            async token =>
            {
                using var response = await SendAsync(HttpMethod.Get, uri, reference, null, token);
                try
                {
                    return JsonSerializer.Deserialize(await ReadBodyAsync(response, LongestListing, token), type);
                }
                catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConfigurationLimitExceeded)
                {
                    throw new HubException(
                        HubFault.Unsupported,
                        $"{uri} lists more files than a model has: over {LongestListing >> 20} MiB of names.",
                        e
                    );
                }
                catch (JsonException e)
                {
                    throw new HubException(HubFault.Corrupt, $"{uri} did not answer as a Hugging Face hub does: {e.Message}", e);
                }
            },
            cancellationToken
        );

    private async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, int most, CancellationToken cancellationToken)
    {
        string host = response.RequestMessage!.RequestUri!.Host;
        using var deadline = new Deadline(_options.StallTimeout, _time, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(most, deadline.Token);
            return await response.Content.ReadAsByteArrayAsync(deadline.Token);
        }
        catch (Exception e)
            when (e is IOException or HttpRequestException { HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded })
        {
            throw new HubInterruptedException($"{host} cut the answer short", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubInterruptedException($"{host} stopped in the middle of its answer", e);
        }
    }

    private Uri ApiUri(HubModelReference reference, string route) => new(_options.Endpoint, $"api/models/{reference.Id}/{route}");

    private Uri ResolveUri(HubModelReference reference, string commit, string file) =>
        new(_options.Endpoint, $"{reference.Id}/resolve/{commit}/{string.Join('/', file.Split('/').Select(Uri.EscapeDataString))}");

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        Uri uri,
        HubModelReference reference,
        RangeHeaderValue? range,
        CancellationToken cancellationToken,
        HubFile? expected = null
    )
    {
        for (int redirects = 0; redirects <= MaxRedirects; redirects++)
        {
            bool atHome = _options.IsHome(uri);
            using var request = new HttpRequestMessage(method, uri);
            request.Headers.UserAgent.Add(
                new ProductInfoHeaderValue("ImageToText", typeof(HubClient).Assembly.GetName().Version?.ToString(3))
            );
            // Sizes and offsets are those of the stored file, so there must be no compression on the way.
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
            request.Headers.Range = range;
            if (atHome && _options.Token is { } token)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            }

            var response = await SendOnceAsync(request, cancellationToken);
            try
            {
                if (atHome && expected is not null && LinkedHash(response) is { } hash && BlobHash.IsHash(hash) && hash != expected.Hash)
                {
                    throw new HubException(
                        HubFault.Corrupt,
                        $"{reference}/{expected.Name}: the hub announces {hash} for the file and {expected.Hash} in its "
                            + $"listing. Nothing was kept."
                    );
                }

                if (IsRedirect(response.StatusCode) && response.Headers.Location is { } location)
                {
                    // Only a redirect to another host leads to the file itself; its headers have the file's size and hash.
                    var target = new Uri(uri, location);
                    if (method == HttpMethod.Head && !_options.IsHome(target) && LinkedHash(response) is not null)
                    {
                        return Keep(ref response);
                    }

                    if (uri.Scheme == Uri.UriSchemeHttps && target.Scheme != Uri.UriSchemeHttps)
                    {
                        throw new HubException(
                            HubFault.Corrupt,
                            $"{uri.Host} redirects to {target.GetLeftPart(UriPartial.Authority)}, which is not encrypted: refused."
                        );
                    }

                    uri = target;
                    continue;
                }

                if (!response.IsSuccessStatusCode)
                {
                    throw HubRefusal.Of(response, uri, reference, _options, _time);
                }

                return Keep(ref response);
            }
            finally
            {
                response?.Dispose();
            }
        }

        throw new HubException(HubFault.Corrupt, $"{_options.Endpoint.Host} redirects in circles ({reference}).");
    }

    private static HttpResponseMessage Keep(ref HttpResponseMessage? response)
    {
        var kept = response!;
        response = null;
        return kept;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string host = request.RequestUri!.Authority;
        using var deadline = new Deadline(_options.StallTimeout, _time, cancellationToken);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        }
        catch (HttpRequestException e)
        {
            throw new HubInterruptedException($"{host} can't be reached: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HubInterruptedException($"{host} does not answer", e);
        }
    }

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static string? LinkedHash(HttpResponseMessage response)
    {
        string? tag = HubRefusal.Header(response, "X-Linked-Etag") ?? (IsRedirect(response.StatusCode) ? null : response.Headers.ETag?.Tag);
        return tag?.Replace("W/", "", StringComparison.Ordinal).Trim('"');
    }

    private static long? LinkedSize(HttpResponseMessage response) =>
        long.TryParse(HubRefusal.Header(response, "X-Linked-Size"), NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? size
            : null;
}
