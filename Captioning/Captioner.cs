using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Natives;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Scheduling;

namespace ImageToText.Captioning;

/// <summary>
/// Captions pictures with a Hugging Face model folder (<see cref="ModelFamilies"/>) or the starter, run directly by ONNX Runtime.
/// Load once and call from as many threads as you like: calls share one running batch, and each call gets exactly the caption
/// that it would get alone.
/// </summary>
/// <example>
/// <code>
/// await using var captioner = await Captioner.LoadAsync("models/starter");
/// var caption = await captioner.CaptionAsync(File.OpenRead("photo.jpg"));
/// Console.WriteLine(caption.Text);
/// </code>
/// </example>
public sealed class Captioner : ICaptioner, IDisposable
{
    private readonly ModelRuntime _runtime;
    private readonly CaptionerOptions _options;
    private readonly CaptionScheduler _scheduler;
    private readonly DecodingTurns _decoding = new(Environment.ProcessorCount);
    private readonly WaitingRoom _waiting;
    private int _disposed;

    private Captioner(ModelRuntime runtime, CaptionerOptions options)
    {
        _runtime = runtime;
        _options = options;
        _waiting = new WaitingRoom(options.QueueCapacity);
        _scheduler = new CaptionScheduler(runtime.Batch, runtime.Model.Id, options.TimeProvider)
        {
            LeftQueue = job => _waiting.Leave(job.Yields),
        };
    }

    /// <summary>The values of <c>model_type</c> in config.json that can be loaded.</summary>
    public static IReadOnlyList<string> SupportedModelTypes { get; } =
    [.. ModelFamilies.All.SelectMany(static family => family.ModelTypes)];

    /// <inheritdoc/>
    public LoadedModel Model => _runtime.Model;

    /// <inheritdoc/>
    public CaptionerLoad Load =>
        new(_waiting.Count, _scheduler.Running, _scheduler.Rows, _options.QueueCapacity) { Yielding = _waiting.Yielding };

    /// <summary>Loads a model folder.</summary>
    /// <param name="folder">A folder in Hugging Face's layout. A cache folder of links works too.</param>
    /// <param name="options">How to load and run it; null: the defaults.</param>
    /// <param name="cancellationToken">Stops loading.</param>
    /// <exception cref="ModelFormatException">The folder can't be used; the message says why.</exception>
    /// <exception cref="EngineUnavailableException">A native library is missing or doesn't fit, or CUDA does not work.</exception>
    public static async Task<Captioner> LoadAsync(
        string folder,
        CaptionerOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        options ??= new CaptionerOptions();
        // A request with more rows than the batch would wait for ever, and so would everyone behind it.
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxBatchRows, GenerationDefaults.MaxRows);
        EngineLibraries.Check();
        var runtime = await ModelRuntime.LoadAsync(folder, options, cancellationToken).ConfigureAwait(false);
        return new Captioner(runtime, options);
    }

    /// <summary>Pixels that the encoder works through for a picture, however small it is: those of all views in which it is seen.</summary>
    /// <param name="width">Pixels across, upright.</param>
    /// <param name="height">Pixels down.</param>
    public long WorkPixels(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        var preparation = _runtime.Preparation;
        return (long)preparation.ViewsOf(new PixelSize(width, height)).Views * preparation.Size.Width * preparation.Size.Height;
    }

    /// <inheritdoc/>
    public Task<Caption> CaptionAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    ) => RunAsync(image, Prepare(options, image.Span), tokens: null, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<float>> FirstLogitsAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        var first = new FirstLogits();
        var request = Prepare(options, image.Span) with { Search = first, CacheUse = PictureCacheUse.None };
        await RunAsync(image, request, tokens: null, cancellationToken).ConfigureAwait(false);
        return first.Values;
    }

    /// <summary>Captions the picture in a stream.</summary>
    /// <param name="image">Read to its end, but no further than the limits allow.</param>
    /// <param name="options">The options; null: the model's defaults.</param>
    /// <param name="cancellationToken">Releases the slot at the next token.</param>
    /// <inheritdoc cref="CaptionAsync(ReadOnlyMemory{byte}, CaptionOptions?, CancellationToken)" path="/exception"/>
    public async Task<Caption> CaptionAsync(Stream image, CaptionOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        // Invalid options are reported before the picture is read.
        Prepare(options);
        using var file = await PictureFile.ReadAsync(image, _options.ImageLimits, cancellationToken).ConfigureAwait(false);
        return await RunAsync(file.Bytes, Prepare(options, file.Bytes.Span), tokens: null, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<CaptionUpdate> StreamAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        // A reader that stops early releases the slot too.
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var request = Prepare(options, image.Span);
        var tokens = Channel.CreateUnbounded<GeneratedToken>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var running = RunAsync(image, request, tokens.Writer, leaving.Token);
        string shown = "";
        try
        {
            var text = _runtime.StartAnswer(request, out string prompt);
            await foreach (var token in tokens.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                if (shown.Length == 0 && prompt.Length > 0)
                {
                    // Not before a caption is certain: errors of the picture or the queue are reported first.
                    shown = prompt;
                    yield return new CaptionUpdate { Text = prompt };
                }

                string piece = text.Append(token.Id);
                shown += piece;
                yield return new CaptionUpdate
                {
                    Text = piece,
                    TokenId = token.Id,
                    LogProbability = token.LogProbability,
                };
            }

            var caption = await running.ConfigureAwait(false);
            string rest = caption.Text.StartsWith(shown, StringComparison.Ordinal) ? caption.Text[shown.Length..] : "";
            if (rest.Length > 0)
            {
                yield return new CaptionUpdate { Text = rest, WasKnown = caption.Reuse is CaptionReuse.Caption };
            }

            yield return new CaptionUpdate { Text = "", Caption = caption };
        }
        finally
        {
            await leaving.CancelAsync().ConfigureAwait(false);
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _scheduler.Dispose();
            _runtime.Dispose();
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(Task.Run(Dispose));

    private PreparedRequest Prepare(CaptionOptions? options)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _runtime.Prepare(options ?? new CaptionOptions());
    }

    private PreparedRequest Prepare(CaptionOptions? options, ReadOnlySpan<byte> image)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _runtime.Prepare(options ?? new CaptionOptions(), _runtime.ViewsOf(image, _options.ImageLimits));
    }

    private async Task<Caption> RunAsync(
        ReadOnlyMemory<byte> image,
        PreparedRequest request,
        ChannelWriter<GeneratedToken>? tokens,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await RunQueuedAsync(image, request, tokens, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            tokens?.TryComplete();
        }
    }

    private async Task<Caption> RunQueuedAsync(
        ReadOnlyMemory<byte> image,
        PreparedRequest request,
        ChannelWriter<GeneratedToken>? tokens,
        CancellationToken cancellationToken
    )
    {
        _waiting.Enter(request.Yields);
        var clock = _options.TimeProvider;
        long arrived = clock.GetTimestamp();
        CaptionJob job;
        DecodedPicture picture;
        PictureCacheKey? cacheKey = null;
        try
        {
            bool hashed =
                _options.PictureCache is not null && request.CacheUse is not PictureCacheUse.None && request.Settings.IsRepeatable;
            picture = await DecodeAsync(image, request, hashed, cancellationToken).ConfigureAwait(false);
            if (hashed)
            {
                cacheKey = new PictureCacheKey(Model.Revision, picture.PixelHash!, request.Canonical);
                if (await FindAsync(cacheKey.Value, request, picture, cancellationToken).ConfigureAwait(false) is { } known)
                {
                    picture.Release();
                    _waiting.Leave(request.Yields);
                    return known;
                }
            }

            job = new CaptionJob(picture.Planes, picture.Count)
            {
                PrefixIds = request.Prompt.PrefixIds,
                StartIds = request.StartIds,
                EncoderIds = request.Prompt.EncoderIds,
                Views = picture.Views,
                Memory = request.Memory,
                Yields = request.Yields,
                Search = request.Search,
                CancellationToken = cancellationToken,
                Tokens = tokens,
                Picture = picture.InputHash,
            };
        }
        catch
        {
            _waiting.Leave(request.Yields);
            throw;
        }

        _scheduler.Submit(job);
        var outcome = await job.Completion.ConfigureAwait(false);
        var timings = new CaptionTimings
        {
            Queue = clock.GetElapsedTime(arrived, outcome.Times.Joined) - picture.DecodeTime - picture.PreprocessTime,
            Decode = picture.DecodeTime,
            Preprocess = picture.PreprocessTime,
            Encode = clock.GetElapsedTime(outcome.Times.Joined, outcome.Times.Encoded),
            Generate = clock.GetElapsedTime(outcome.Times.Encoded, outcome.Finished),
            FirstToken = clock.GetElapsedTime(arrived, outcome.Times.FirstToken),
        };
        var caption = _runtime.Describe(
            request,
            outcome.Sequences,
            picture.Info,
            timings,
            outcome.Times.Remembered ? CaptionReuse.Embedding : CaptionReuse.None
        );
        if (cacheKey is { } key)
        {
            _options.PictureCache!.Keep(key, caption);
        }

        return caption;
    }

    private async ValueTask<Caption?> FindAsync(
        PictureCacheKey key,
        PreparedRequest request,
        DecodedPicture picture,
        CancellationToken cancellationToken
    )
    {
        if (
            request.CacheUse is not PictureCacheUse.ReadAndKeep
            || await _options.PictureCache!.FindAsync(key, cancellationToken).ConfigureAwait(false) is not { } known
        )
        {
            return null;
        }

        // The caption comes from before; the picture and the timings are this request's.
        return known with
        {
            ModelId = Model.Id,
            Image = picture.Info,
            Timings = new CaptionTimings { Decode = picture.DecodeTime, Preprocess = picture.PreprocessTime },
            Reuse = CaptionReuse.Caption,
        };
    }

    private async Task<DecodedPicture> DecodeAsync(
        ReadOnlyMemory<byte> image,
        PreparedRequest request,
        bool hashPixels,
        CancellationToken cancellationToken
    )
    {
        await _decoding.TakeAsync(request.Yields, cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Decode(image, request.Pixels, hashPixels, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            _decoding.Release(request.Yields);
        }
    }

    private DecodedPicture Decode(ReadOnlyMemory<byte> image, PixelChoices choices, bool hashPixels, CancellationToken cancellationToken)
    {
        var preparation = _runtime.Preparation;
        using var picture = PictureReader.Read(
            image,
            preparation,
            _options.ImageLimits,
            _options.TimeProvider,
            cancellationToken,
            choices,
            hashPixels
        );
        long started = _options.TimeProvider.GetTimestamp();
        int count = picture.Pixels.Length;
        float[] planes = ArrayPool<float>.Shared.Rent(count);
        int view = count / picture.Views.Views;
        for (int start = 0; start < count; start += view)
        {
            _runtime.Normalizer.Normalize(picture.Pixels.Span.Slice(start, view), planes.AsSpan(start, view));
        }

        return new DecodedPicture(
            planes,
            count,
            picture.Info,
            picture.DecodeTime,
            picture.ResizeTime + _options.TimeProvider.GetElapsedTime(started)
        )
        {
            Views = picture.Views.Views,
            InputHash = _options.EmbeddingBytes > 0 ? Name(picture) : null,
            PixelHash = picture.PixelHash is { } hash ? Convert.ToHexStringLower(hash) : null,
        };
    }

    // The same tiles may be arranged in another grid.
    private static string Name(ModelPicture picture) =>
        $"{Convert.ToHexString(SHA256.HashData(picture.Pixels.Span))}-{picture.Views.Rows}x{picture.Views.Columns}";

    private readonly record struct DecodedPicture(float[] Planes, int Count, PictureInfo Info, TimeSpan DecodeTime, TimeSpan PreprocessTime)
    {
        /// <summary>The number of views in which the model sees it.</summary>
        public required int Views { get; init; }

        /// <summary>Identifies what the model sees; null: not needed.</summary>
        public string? InputHash { get; init; }

        /// <summary>Identifies the whole picture; null: not needed.</summary>
        public string? PixelHash { get; init; }

        public void Release() => ArrayPool<float>.Shared.Return(Planes);
    }
}
