using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using ImageToText.Client.Batches;
using ImageToText.Client.Jobs;
using ImageToText.Client.Requests;
using ImageToText.Contracts;
using ImageToText.Contracts.Catalogue;
using ImageToText.Contracts.Ledger;
using ImageToText.Contracts.Quotes;
using Microsoft.Extensions.Options;

namespace ImageToText.Client;

/// <inheritdoc cref="IImageToTextClient"/>
public sealed class ImageToTextClient : IImageToTextClient
{
    private static readonly CaptionOptions Defaults = new();

    private readonly GatewayCalls _calls;

    /// <summary>A client that uses the caller's HttpClient.</summary>
    /// <param name="http">The HttpClient. It is not disposed of, and its own timeout applies too.</param>
    /// <param name="options">Where the service is; null: at the base address of <paramref name="http"/>, without a key.</param>
    /// <param name="time">The clock for timeouts and retries; null: the system's.</param>
    /// <exception cref="OptionsValidationException">An option is invalid; the message names it.</exception>
    public ImageToTextClient(HttpClient http, ImageToTextClientOptions? options = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        _calls = new GatewayCalls(http, Checked(options ?? new ImageToTextClientOptions(), http.BaseAddress), time ?? TimeProvider.System);
        Jobs = new JobClient(_calls);
        Batches = new BatchClient(_calls);
    }

    /// <summary>The gateway's address.</summary>
    public Uri Endpoint => _calls.Endpoint;

    /// <inheritdoc/>
    public IJobClient Jobs { get; }

    /// <inheritdoc/>
    public IBatchClient Batches { get; }

    /// <inheritdoc/>
    public Task<Caption> CaptionAsync(Picture picture, CaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return _calls.AskAsync(
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
        await using var stream = await _calls.AskAsync(
            () => Post("image-to-text", [picture], "image", options ?? Defaults, stream: true),
            async (response, keep, cancelled) =>
            {
                var opened = await CaptionEvents.OpenAsync(response, _calls.Patience, _calls.Time, cancelled);
                keep();
                return opened;
            },
            cancellationToken
        );
        while (await _calls.GuardAsync(stream.NextAsync, cancellationToken) is { } update)
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
        return _calls.ReadAsync(
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
        return _calls.ReadAsync(
            () =>
                _calls.Get(
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
        _calls.ReadAsync(
            () => _calls.Get("models"),
            GatewayApiJson.Default.ModelCatalogue,
            static answer => answer.Models is not null,
            cancellationToken
        );

    /// <inheritdoc/>
    public Task<CatalogueModel> GetModelAsync(string modelId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(modelId);
        string path = "models/" + string.Join('/', modelId.Split('/').Select(Uri.EscapeDataString));
        return _calls.ReadAsync(
            () => _calls.Get(path),
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
        _calls.ReadAsync(
            () => _calls.Get("usage", ("from", Text(from)), ("to", Text(to)), ("model_id", modelId)),
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

    private static string? Text<T>(T? value)
        where T : struct, IFormattable => value?.ToString(value is DateOnly ? "yyyy-MM-dd" : null, CultureInfo.InvariantCulture);

    private HttpRequestMessage Post(string path, IReadOnlyList<Picture> pictures, string field, CaptionOptions options, bool stream = false)
    {
        var message = _calls.Make(HttpMethod.Post, path, CaptionRequestForm.Of(pictures, field, options, stream));
        message.Headers.CacheControl = options.Cache switch
        {
            CacheUse.Refresh => new CacheControlHeaderValue { NoCache = true },
            CacheUse.None => new CacheControlHeaderValue { NoStore = true },
            _ => null,
        };
        return message;
    }
}
