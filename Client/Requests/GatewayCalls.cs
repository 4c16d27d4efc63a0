using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Polly;
using Polly.Retry;

namespace ImageToText.Client.Requests;

/// <summary>Sends a gateway requests, retries them where that may help, and turns every failure into one kind of exception.</summary>
internal sealed class GatewayCalls
{
    private readonly HttpClient _http;
    private readonly ImageToTextClientOptions _options;
    private readonly ResiliencePipeline _retries;

    public GatewayCalls(HttpClient http, ImageToTextClientOptions options, TimeProvider time)
    {
        _http = http;
        _options = options;
        Time = time;
        string address = options.Endpoint!.AbsoluteUri;
        Endpoint = new Uri(address.EndsWith('/') ? address : address + "/");
        _retries = Retries(options, time);
    }

    /// <summary>The gateway's address. It ends with a slash.</summary>
    public Uri Endpoint { get; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>How long an attempt may take, and a stream may stay silent.</summary>
    public TimeSpan Patience => _options.Timeout;

    /// <summary>How often something that broke is begun again.</summary>
    public int MaxRetries => _options.MaxRetries;

    /// <summary>The pause before something that broke is begun again.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(_options.RetryDelay, Time, cancellationToken);

    /// <summary>Makes a request.</summary>
    public HttpRequestMessage Make(HttpMethod method, string path, HttpContent? content = null)
    {
        var message = new HttpRequestMessage(method, new Uri(Endpoint, path)) { Content = content };
        if (_options.ApiKey is { } key)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return message;
    }

    /// <summary>Makes a request for something; parameters that are null are left out.</summary>
    public HttpRequestMessage Get(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var given = new List<string>();
        foreach (var (name, value) in query)
        {
            if (value is not null)
            {
                given.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }

        return Make(HttpMethod.Get, given.Count == 0 ? path : $"{path}?{string.Join('&', given)}");
    }

    /// <summary>Sends a request, retries it if that may help, and reads the JSON of the answer.</summary>
    public Task<T> ReadAsync<T>(
        Func<HttpRequestMessage> make,
        JsonTypeInfo<T> type,
        Predicate<T> isWhole,
        CancellationToken cancellationToken
    )
        where T : class =>
        AskAsync(make, (response, _, cancelled) => Answers.ReadAsync(response, type, isWhole, cancelled), cancellationToken);

    /// <summary>
    /// Sends a request once, and reads the JSON of the answer. What starts something is not sent again: if the answer was lost, it
    /// would be started twice.
    /// </summary>
    /// <param name="make">Makes the request.</param>
    /// <param name="type">What the answer is.</param>
    /// <param name="isWhole">Whether it is that.</param>
    /// <param name="patience">How long it may take.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<T> ReadOnceAsync<T>(
        Func<HttpRequestMessage> make,
        JsonTypeInfo<T> type,
        Predicate<T> isWhole,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
        where T : class =>
        GuardAsync(
            token => AttemptAsync(make, (response, _, cancelled) => Answers.ReadAsync(response, type, isWhole, cancelled), patience, token),
            patience,
            cancellationToken
        );

    /// <summary>Opens an answer that comes item by item, retrying that if it may help.</summary>
    /// <param name="make">Makes the request.</param>
    /// <param name="read">Reads the items out of the body.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<ItemStream<T>> OpenAsync<T>(
        Func<HttpRequestMessage> make,
        Func<Stream, CancellationToken, IAsyncEnumerable<T>> read,
        CancellationToken cancellationToken
    ) =>
        AskAsync(
            make,
            async (response, keep, cancelled) =>
            {
                var body = await response.Content.ReadAsStreamAsync(cancelled);
                var items = new ItemStream<T>(response, silence => read(body, silence), Patience, Time);
                keep();
                return items;
            },
            cancellationToken
        );

    /// <summary>Reads an answer of JSON lines.</summary>
    public async IAsyncEnumerable<T> LinesAsync<T>(
        Func<HttpRequestMessage> make,
        JsonTypeInfo<T> type,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
        where T : class
    {
        await using var lines = await OpenAsync(
            make,
            (body, silence) => JsonSerializer.DeserializeAsyncEnumerable(body, type, topLevelValues: true, silence),
            cancellationToken
        );
        while (await GuardAsync(lines.MoveNextAsync, cancellationToken))
        {
            yield return lines.Current ?? throw InvalidAnswer(new JsonException("A line holds nothing."));
        }
    }

    /// <summary>
    /// Sends a request, retries it if that may help, and reads the answer. It disposes of the response unless the reader keeps
    /// it.
    /// </summary>
    public async Task<T> AskAsync<T>(
        Func<HttpRequestMessage> make,
        Func<HttpResponseMessage, Action, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    ) =>
        await _retries.ExecuteAsync(
            async cancelled => await GuardAsync(token => AttemptAsync(make, read, Patience, token), cancelled),
            cancellationToken
        );

    /// <summary>Deletes something. If the answer to an earlier try was lost, it may be gone already, which is as good.</summary>
    public async Task DeleteAsync(string path, CancellationToken cancellationToken)
    {
        int tries = 0;
        try
        {
            await AskAsync(
                () =>
                {
                    tries++;
                    return Make(HttpMethod.Delete, path);
                },
                static (_, _, _) => Task.FromResult(true),
                cancellationToken
            );
        }
        catch (ImageToTextException gone) when (tries > 1 && gone.StatusCode == HttpStatusCode.NotFound)
        {
            // An earlier try did it.
        }
    }

    /// <summary>Runs a network operation and turns every failure into one kind of exception.</summary>
    public Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken) =>
        GuardAsync(act, Patience, cancellationToken);

    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> act, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            return await act(cancellationToken);
        }
        catch (Exception failure) when (cancellationToken.IsCancellationRequested && failure is HttpRequestException or IOException)
        {
            // Whatever the exception, the caller has given up.
            throw new OperationCanceledException(failure.Message, failure, cancellationToken);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ImageToTextException(ClientErrorCode.Timeout, $"No answer from {Endpoint} within {Limit(late, patience)}", late);
        }
        catch (Exception failure) when (failure is JsonException or InvalidDataException or FormatException or NotSupportedException)
        {
            throw InvalidAnswer(failure);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new ImageToTextException(
                ClientErrorCode.Unreachable,
                $"{Endpoint} can't be reached, or the connection broke: {failure.Message}",
                failure
            );
        }
    }

    private static ResiliencePipeline Retries(ImageToTextClientOptions options, TimeProvider time)
    {
        if (options.MaxRetries == 0)
        {
            return ResiliencePipeline.Empty;
        }

        return new ResiliencePipelineBuilder { TimeProvider = time, Name = "image-to-text" }
            .AddRetry(
                new RetryStrategyOptions
                {
                    MaxRetryAttempts = options.MaxRetries,
                    ShouldHandle = args =>
                        ValueTask.FromResult(
                            args.Outcome.Exception is ImageToTextException { IsTransient: true } refused
                                && !(refused.RetryAfter > options.LongestRetryDelay)
                        ),
                    Delay = options.RetryDelay,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    MaxDelay = options.LongestRetryDelay,
                    DelayGenerator = static args => ValueTask.FromResult((args.Outcome.Exception as ImageToTextException)?.RetryAfter),
                }
            )
            .Build();
    }

    private string Limit(OperationCanceledException late, TimeSpan patience) =>
        late.InnerException is TimeoutException
            ? $"{_http.Timeout}, which is HttpClient.Timeout. Set it to Timeout.InfiniteTimeSpan on the HttpClient that you gave the "
                + "client; ImageToTextClientOptions.Timeout limits each attempt anyway."
        : patience == Patience ? $"{patience}, which is ImageToTextClientOptions.Timeout. Raise it, or try again."
        : $"{patience}, the longest that this call may take. Look whether it was done before you repeat it.";

    private ImageToTextException InvalidAnswer(Exception failure) =>
        new(
            ClientErrorCode.InvalidAnswer,
            $"{Endpoint} does not answer as an ImageToText gateway does ({failure.Message}): check the address.",
            failure
        );

    private async Task<T> AttemptAsync<T>(
        Func<HttpRequestMessage> make,
        Func<HttpResponseMessage, Action, CancellationToken, Task<T>> read,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        using var late = new CancellationTokenSource(patience, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var request = make();
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        bool kept = false;
        try
        {
            return response.IsSuccessStatusCode
                ? await read(response, () => kept = true, either.Token)
                : throw await Answers.ErrorOfAsync(response, Time.GetUtcNow(), either.Token);
        }
        finally
        {
            if (!kept)
            {
                response.Dispose();
            }
        }
    }
}
