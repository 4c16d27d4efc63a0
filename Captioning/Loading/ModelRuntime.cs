using ImageToText.Captioning.Architectures;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.ModelFiles;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Tokenization;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;
using Microsoft.Extensions.Logging;

namespace ImageToText.Captioning.Loading;

/// <summary>Everything about one loaded model: the computation, the tokenizer, the defaults.</summary>
internal sealed partial class ModelRuntime : IDisposable
{
    private readonly ComputeDevice _device;
    private readonly ModelPlan _plan;
    private readonly RequestChecks _checks;
    private readonly TokenSearchFactory _searches;

    private ModelRuntime(ModelPlan plan, LoadedModel model, ComputeDevice device, ITokenizer tokenizer, IBatchModel batch)
    {
        _device = device;
        _plan = plan;
        _searches = new TokenSearchFactory(plan.Tokens, plan.Execution.VocabularySize, DefectWords.Find(tokenizer, plan.Defects));
        Model = model;
        Tokenizer = tokenizer;
        Batch = batch;
        _checks = new RequestChecks(plan, model, batch);
        var preparation = plan.Preparation;
        Normalizer = new PixelNormalizer(preparation.RescaleFactor, [.. preparation.Mean], [.. preparation.StandardDeviation]);
    }

    /// <summary>The model as shown to people.</summary>
    public LoadedModel Model { get; }

    /// <summary>Turns prompts into ids and ids into text.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>How to run it.</summary>
    public ExecutionPlan Execution => _plan.Execution;

    /// <summary>What computes.</summary>
    public IBatchModel Batch { get; }

    /// <summary>Turns pictures into bytes of pixels.</summary>
    public PicturePreparation Preparation => _plan.Preparation;

    /// <summary>Turns bytes of pixels into normalized numbers.</summary>
    public PixelNormalizer Normalizer { get; }

    /// <summary>Reads, compiles and loads a model folder.</summary>
    /// <exception cref="ModelFormatException">The folder can't be used.</exception>
    public static async Task<ModelRuntime> LoadAsync(string path, CaptionerOptions options, CancellationToken cancellationToken)
    {
        string hubCache = options.HubCacheFolder ?? HuggingFaceCache.Folder;
        var (folder, plan) = await Task.Run(() => ModelFolder.Read(path, hubCache), cancellationToken).ConfigureAwait(false);
        if (options.Gray)
        {
            plan = plan with { Preparation = plan.Preparation with { IsGray = true } };
        }

        plan = options.Tiles is { } tiles ? plan with { Preparation = plan.Preparation.Cut(tiles) } : plan;
        plan = plan with { Execution = plan.Execution.WithViews(plan.Preparation.MaxViews) };
        var hashing = ModelRevision.ComputeAsync(folder, plan.Checkpoint, cancellationToken);
        var reading = Task.Run(plan.LoadTokenizer, cancellationToken);
        var logger = options.LoggerFactory.CreateLogger<Captioner>();
        plan.Generation.Report(logger);
        var device = ComputeDevice.Choose(options.Provider, options.Threads, logger);
        try
        {
            RefusePrecision(options.Precision, device);
            // A faulty tokenizer is reported before memory is taken.
            var tokenizer = await reading.ConfigureAwait(false);
            string revision = await hashing.ConfigureAwait(false);
            var weights =
                options.Precision is Precision.Int8
                    ? await Task.Run(
                            () =>
                                QuantizedCheckpoint.GetOrCreate(
                                    plan.Checkpoint,
                                    plan.Execution.EightBitForms,
                                    revision,
                                    CacheFolder(options),
                                    cancellationToken,
                                    written => ReportWritten(logger, folder.ModelName, written)
                                ),
                            cancellationToken
                        )
                        .ConfigureAwait(false)
                    : await Task.Run(
                            () =>
                                SettledCheckpoint.Of(
                                    plan.Checkpoint,
                                    tensor => plan.Execution.Uses.ContainsKey(tensor.Name),
                                    revision,
                                    CacheFolder(options),
                                    cancellationToken
                                ),
                            cancellationToken
                        )
                        .ConfigureAwait(false);
            var model = Describe(folder, plan, revision, weights, device, options);
            return await LoadAsync(plan, model, tokenizer, weights, device, options, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Prepares a request.</summary>
    /// <exception cref="CaptionOptionException">An option is out of range.</exception>
    public PreparedRequest Prepare(CaptionOptions options, ViewGrid views = default)
    {
        _checks.RefuseUseless(options);
        GenerationLimits.Frame.Check(options.Frame);
        var prompt = _plan.Prompts.Form(options, Tokenizer, views);
        int[] startIds = prompt.HasOwnStart ? prompt.TextIds : [_plan.Tokens.StartId!.Value, .. prompt.TextIds];
        int pictureIds = prompt.PictureIds;
        int read = prompt.PrefixIds.Length - pictureIds + startIds.Length;
        var (vocabulary, positions) = (_plan.Execution.VocabularySize, _plan.Execution.MaxPositions - pictureIds);
        RequestChecks.RefuseBeyondContext(prompt, read, positions);
        var settings = GenerationSettings.Resolve(options, _plan.Generation, vocabulary, positions, read, prompt.MaxNewTokens);
        int prefix = prompt.PrefixIds.Length == 0 ? _plan.Execution.MaxPrefix : prompt.PrefixIds.Length;
        var memory = MemoryFor(settings);
        while (options.CapsNewTokens && settings.MaxNewTokens / 2 > settings.MinNewTokens && !Batch.HasMemoryFor([memory]))
        {
            settings = settings with { MaxNewTokens = settings.MaxNewTokens / 2 };
            memory = MemoryFor(settings);
        }

        _checks.RefuseBeyondMemory(memory);
        var search = _searches.Create(settings, [.. prompt.PrefixIds, .. startIds]);
        return new PreparedRequest(startIds, prompt, search, settings, options.CacheUse, memory)
        {
            Pixels = PixelChoices.Of(options),
            Yields = options.Yields,
        };

        RequestMemory MemoryFor(GenerationSettings sized) => new(null, prefix, sized.Rows, startIds.Length + sized.MaxNewTokens);
    }

    /// <summary>The views of a picture.</summary>
    /// <exception cref="ImageException">The bytes are not a picture that can be captioned.</exception>
    public ViewGrid ViewsOf(ReadOnlySpan<byte> image, ImageLimits limits)
    {
        if (Preparation.Tiles is null)
        {
            return ViewGrid.Whole;
        }

        var header = PictureHeader.Read(image, limits);
        return Preparation.ViewsOf(new PixelSize(header.Width, header.Height));
    }

    /// <summary>Turns a finished search into a caption.</summary>
    public Caption Describe(
        PreparedRequest request,
        IReadOnlyList<GeneratedSequence> sequences,
        PictureInfo picture,
        CaptionTimings timings,
        CaptionReuse reuse
    )
    {
        CaptionSequence[] described = [.. sequences.Select(sequence => Describe(request, sequence, picture))];
        return new Caption
        {
            Text = described[0].Text,
            ModelId = Model.Id,
            Sequences = described,
            Confidence = Confidence(sequences[0]),
            Image = picture,
            Timings = timings,
            Reuse = reuse,
        };
    }

    /// <summary>Starts the text of a request's answer, including what it continues.</summary>
    /// <param name="request">The request.</param>
    /// <param name="beginning">The text that is continued.</param>
    public AnswerText StartAnswer(PreparedRequest request, out string beginning)
    {
        var text = request.Prompt.StartAnswer(Tokenizer);
        if (request.Prompt.Typed is { } typed)
        {
            text.Begin();
            beginning = typed;
            return text;
        }

        beginning = "";
        foreach (int id in request.PromptIds)
        {
            beginning += text.Append(id);
        }

        return text;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Batch.Dispose();
        _device.Dispose();
    }

    private CaptionSequence Describe(PreparedRequest request, GeneratedSequence sequence, PictureInfo picture)
    {
        var text = StartAnswer(request, out string beginning);
        string[] pieces = Array.ConvertAll(sequence.TokenIds, text.Append);
        string rest = text.Finish();
        string whole = $"{beginning}{string.Concat(pieces)}{rest}";
        if (pieces.Length > 0)
        {
            pieces[^1] += rest;
        }

        return new CaptionSequence
        {
            Text = whole,
            TokenIds = sequence.TokenIds,
            LogProbabilities = sequence.LogProbabilities,
            Pieces = pieces,
            Regions = text.Regions(picture),
            Score = sequence.Score,
            // A model that is made to close its text at the last token was cut off all the same.
            FinishReason =
                _plan.Tokens.ForcedLastIds.Count > 0 && sequence.LogProbabilities.Length == request.Settings.MaxNewTokens
                    ? FinishReason.Length
                    : sequence.FinishReason,
        };
    }

    private static async Task<ModelRuntime> LoadAsync(
        ModelPlan plan,
        LoadedModel model,
        ITokenizer tokenizer,
        Checkpoint weights,
        ComputeDevice device,
        CaptionerOptions options,
        CancellationToken cancellationToken
    )
    {
        var batch = await plan.Execution.LoadAsync(weights, device, Execute(options, device), cancellationToken).ConfigureAwait(false);
        try
        {
            return new ModelRuntime(plan, model, device, tokenizer, batch);
        }
        catch
        {
            batch.Dispose();
            throw;
        }
    }

    private static LoadedModel Describe(
        ModelFolder folder,
        ModelPlan plan,
        string revision,
        Checkpoint weights,
        ComputeDevice device,
        CaptionerOptions options
    )
    {
        // Another number format or other pixels give other captions, so they are part of the revision.
        string name = options.Precision is Precision.F32 ? revision : $"{revision}-{options.Precision.ToString().ToLowerInvariant()}";
        name = options.Gray ? $"{name}-gray" : name;
        name = options.Tiles is { } tiles ? $"{name}-{(tiles ? "tiles" : "whole")}" : name;
        long bytes =
            options.Precision is Precision.Int8 ? QuantizedCheckpoint.SizeOf(weights) : plan.Execution.WeightBytes(options.Precision);
        return new LoadedModel
        {
            Id = options.ModelId ?? folder.ModelName,
            Revision = name,
            Architecture = folder.ModelType,
            PromptUse = plan.PromptUse,
            Languages = options.Languages ?? ModelCard.LanguagesOf(folder.Place.Folder),
            Precision = options.Precision,
            Provider = device.Description,
            ImageSize = plan.Execution.ImageHeight,
            MaxViews = plan.Preparation.MaxViews,
            Tiles = plan.Preparation.Tiling,
            Parameters = plan.Execution.Parameters,
            WeightBytes = bytes,
            MemoryBytes = bytes + plan.Execution.StateBytes(Execute(options, device)) + options.EmbeddingBytes,
        };
    }

    private static ExecutionOptions Execute(CaptionerOptions options, ComputeDevice device) =>
        new(
            options.Precision,
            new BatchCapacity(options.MaxBatchRows, options.MaxBatchImages),
            options.EmbeddingBytes,
            EncodingsAtOnce(options, device)
        )
        {
            KeyValueBytes = options.KeyValueBytes,
            CudaGraphs = options.CudaGraphs && device.IsCuda,
            NotRecorded = reason => LogNotRecorded(options.LoggerFactory.CreateLogger<Captioner>(), reason),
        };

    // A large model takes minutes: every tenth is told.
    private static void ReportWritten(ILogger logger, string model, int written)
    {
        if (written % 10 == 0)
        {
            LogWritten(logger, model, written);
        }
    }

    [LoggerMessage(EventId = 4, Level = LogLevel.Information, Message = "{Model}: {Written} % of the eight-bit weights have been written.")]
    private static partial void LogWritten(ILogger logger, string model, int written);

    // One after the other if more gain nothing: on a CPU, and in eight bits, where a run's scales must belong to one picture.
    private static int EncodingsAtOnce(CaptionerOptions options, ComputeDevice device) =>
        options.Precision is Precision.Int8 ? 1 : Math.Min(options.MaxEncodingBatch ?? (device.IsCuda ? 8 : 1), options.MaxBatchImages);

    private static void RefusePrecision(Precision precision, ComputeDevice device)
    {
        if (precision is Precision.F16 && !device.IsCuda)
        {
            throw new ModelFormatException("Precision f16 needs a GPU, and this model would run on the CPU. Choose f32 or int8.");
        }

        if (precision is not Precision.F16 && device.IsCuda)
        {
            throw new ModelFormatException(
                $"Precision {precision.ToString().ToLowerInvariant()} is for the CPU, and this model would run on "
                    + $"{device.Description}. Choose f16, or the CPU."
            );
        }
    }

    /// <summary>Where derived weights are kept.</summary>
    public static string CacheFolder(CaptionerOptions options) =>
        options.CacheFolder
        ?? Path.Combine(
            // It is made when something is kept in it.
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "ImageToText",
            "cache"
        );

    private static double Confidence(GeneratedSequence best) =>
        best.LogProbabilities.Length == 0 ? 1 : Math.Exp(best.LogProbabilities.Average(value => (double)value));

    [LoggerMessage(EventId = 3, Level = LogLevel.Warning, Message = "Steps run without CUDA graphs: {Reason}")]
    private static partial void LogNotRecorded(ILogger logger, string reason);
}
