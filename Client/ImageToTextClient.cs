using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Client.Requests;
using ImageToText.Contracts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Quotes;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;

namespace ImageToText.Client;

/// <inheritdoc cref="IImageToTextClient"/>
public sealed class ImageToTextClient : IImageToTextClient
{
    private static readonly CaptionOptions Defaults = new();

    private readonly HttpClient _http;
    private readonly ImageToTextClientOptions _options;
    private readonly TimeProvider _time;
    private readonly Uri _endpoint;
    private readonly ResiliencePipeline _retries;

    /// <summary>A client that uses the caller's HttpClient.</summary>
    /// <param name="http">The HttpClient. It is not disposed of, and its own timeout applies too.</param>
    /// <param name="options">Where the service is; null: at the base address of <paramref name="http"/>, without a key.</param>
    /// <param name="time">The clock for timeouts and retries; null: the system's.</param>
    /// <exception cref="OptionsValidationException">An option is invalid; the message names it.</exception>
    public ImageToTextClient(HttpClient http, ImageToTextClientOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        _http = http;
        _options = Checked(options ?? new ImageToTextClientOptions(), http.BaseAddress);
        _time = time ?? TimeProvider.System;
        string address = _options.Endpoint!.AbsoluteUri;
        _endpoint = new Uri(address.EndsWith('/') ? address : address + "/");
        _retries = Retries(_options, _time);
    }

    /// <summary>The gateway's address.</summary>
    public Uri Endpoint => _endpoint;

    /// <inheritdoc/>
    public Task<Caption> CaptionAsync(Picture picture, CaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return AskAsync(
            () => Post("image-to-text", [picture], "image", options ?? Defaults),
            static async (response, _, cancelled) =>
                Answers.CaptionOf(
                    await Answers.ReadAsync(response, GatewayApiJson.Default.CaptionResponse, static _ => true, cancelled),
                    Answers.ReceiptOf(response)
                ),
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<CaptionUpdate> StreamCaptionAsync(
        Picture picture,
        CaptionOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(picture);
        await using var stream = await AskAsync(
            () => Post("image-to-text", [picture], "image", options ?? Defaults, stream: true),
            async (response, keep, cancelled) =>
            {
                var opened = await CaptionEvents.OpenAsync(response, _options.Timeout, _time, cancelled);
                keep();
                return opened;
            },
            cancellationToken
        );
        while (await GuardAsync(stream.NextAsync, cancellationToken) is { } update)
        {
            yield return update;
        }
    }

    /// <inheritdoc/>
    public Task<BatchAnswer> CaptionBatchAsync(
        IReadOnlyList<Picture> pictures,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentOutOfRangeException.ThrowIfZero(pictures.Count, nameof(pictures));
        return ReadAsync(
            () => Post("image-to-text/batch", pictures, "images", options ?? Defaults),
            GatewayApiJson.Default.BatchAnswer,
            answer =>
                answer.Results?.Count == pictures.Count
                && answer.Results.All(static entry =>
                    entry is { Result.Text: not null } or { Error.Code: not null, Error.Message: not null }
                ),
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public Task<Quote> GetQuoteAsync(
        int width,
        int height,
        string? modelId = null,
        decimal? maxPricePerPixel = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        return ReadAsync(
            () =>
                Get(
                    "quote",
                    ("width", Text<int>(width)),
                    ("height", Text<int>(height)),
                    ("model_id", modelId),
                    ("max_price_per_pixel", Text(maxPricePerPixel))
                ),
            GatewayApiJson.Default.Quote,
            static answer => answer is { ModelId: not null, Offers: not null },
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public Task<ModelCatalogue> GetModelsAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(
            () => Get("models"),
            GatewayApiJson.Default.ModelCatalogue,
            static answer => answer.Models is not null,
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<CatalogueModel> GetModelAsync(string modelId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(modelId);
        string path = "models/" + string.Join('/', modelId.Split('/').Select(Uri.EscapeDataString));
        return ReadAsync(
            () => Get(path),
            GatewayApiJson.Default.CatalogueModel,
            static answer => answer.ModelId is not null,
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public Task<OwnUsage> GetUsageAsync(
        DateOnly? from = null,
        DateOnly? to = null,
        string? modelId = null,
        CancellationToken cancellationToken = default
    ) =>
        ReadAsync(
            () => Get("usage", ("from", Text(from)), ("to", Text(to)), ("model_id", modelId)),
            GatewayApiJson.Default.OwnUsage,
            static answer => answer is { KeyId: not null, Report: not null },
            cancellationToken
        );

    private static ImageToTextClientOptions Checked(ImageToTextClientOptions given, Uri? baseAddress)
    {
        var options = new ImageToTextClientOptions
        {
            Endpoint = given.Endpoint ?? baseAddress,
            ApiKey = given.ApiKey,
            Timeout = given.Timeout,
            MaxRetries = given.MaxRetries,
            RetryDelay = given.RetryDelay,
            LongestRetryDelay = given.LongestRetryDelay,
        };
        var result = new ImageToTextClientOptionsValidator().Validate(null, options);
        return result.Failed
            ? throw new OptionsValidationException(Options.DefaultName, typeof(ImageToTextClientOptions), result.Failures)
            : options;
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

    private static string? Text<T>(T? value)
        where T : struct, IFormattable => value?.ToString(value is DateOnly ? "yyyy-MM-dd" : null, CultureInfo.InvariantCulture);

    private HttpRequestMessage Get(string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var given = new List<string>();
        foreach (var (name, value) in query)
        {
            if (value is not null)
            {
                given.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }

        return Authorized(
            new HttpRequestMessage(HttpMethod.Get, new Uri(_endpoint, given.Count == 0 ? path : $"{path}?{string.Join('&', given)}"))
        );
    }

    private HttpRequestMessage Post(string path, IReadOnlyList<Picture> pictures, string field, CaptionOptions options, bool stream = false)
    {
        var message = Authorized(
            new HttpRequestMessage(HttpMethod.Post, new Uri(_endpoint, path))
            {
                Content = CaptionRequestForm.Of(pictures, field, options, stream),
            }
        );
        message.Headers.CacheControl = options.Cache switch
        {
            CacheUse.Refresh => new CacheControlHeaderValue { NoCache = true },
            CacheUse.None => new CacheControlHeaderValue { NoStore = true },
            _ => null,
        };
        return message;
    }

    private HttpRequestMessage Authorized(HttpRequestMessage message)
    {
        if (_options.ApiKey is { } key)
        {
            message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        return message;
    }

    private Task<T> ReadAsync<T>(
        Func<HttpRequestMessage> make,
        JsonTypeInfo<T> type,
        Predicate<T> isWhole,
        CancellationToken cancellationToken
    )
        where T : class =>
        AskAsync(make, (response, _, cancelled) => Answers.ReadAsync(response, type, isWhole, cancelled), cancellationToken);

    /// <summary>
    /// Sends a request, retries it if that may help, and reads the answer. It disposes of the response unless the reader keeps
    /// it.
    /// </summary>
    private async Task<T> AskAsync<T>(
        Func<HttpRequestMessage> make,
        Func<HttpResponseMessage, Action, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    ) =>
        await _retries.ExecuteAsync(
            async cancelled => await GuardAsync(token => AttemptAsync(make, read, token), cancelled),
            cancellationToken
        );

    private async Task<T> AttemptAsync<T>(
        Func<HttpRequestMessage> make,
        Func<HttpResponseMessage, Action, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        using var late = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var request = make();
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        bool kept = false;
        try
        {
            return response.IsSuccessStatusCode
                ? await read(response, () => kept = true, either.Token)
                : throw await Answers.ErrorOfAsync(response, _time.GetUtcNow(), either.Token);
        }
        finally
        {
            if (!kept)
            {
                response.Dispose();
            }
        }
    }

    /// <summary>Runs a network operation and turns every failure into one kind of exception.</summary>
    private async Task<T> GuardAsync<T>(Func<CancellationToken, Task<T>> act, CancellationToken cancellationToken)
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
            throw new ImageToTextException(
                ClientErrorCode.Timeout,
                $"No answer from {_endpoint} within {_options.Timeout}. Raise Timeout, or try again.",
                late
            );
        }
        catch (Exception failure) when (failure is JsonException or InvalidDataException or FormatException or NotSupportedException)
        {
            throw new ImageToTextException(
                ClientErrorCode.InvalidAnswer,
                $"{_endpoint} does not answer as an ImageToText gateway does ({failure.Message}): check the address.",
                failure
            );
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new ImageToTextException(
                ClientErrorCode.Unreachable,
                $"{_endpoint} can't be reached, or the connection broke: {failure.Message}",
                failure
            );
        }
    }
}
