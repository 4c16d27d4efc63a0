using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Graphs;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Models;
using ImageToText.Captioning.Weights;
using ImageToText.Captioning.Weights.Quantization;
using ImageToText.Captioning.Tokenization;
using Microsoft.Extensions.Logging;

namespace ImageToText.Captioning.Execution;

/// <summary>A request made ready for the model: options resolved, prompt in ids, search begun.</summary>
/// <param name="StartIds">Start id and prompt.</param>
/// <param name="Search">The search for its sequences.</param>
/// <param name="Settings">The options, every one resolved.</param>
/// <param name="CacheUse">Whether known captions are asked for and told.</param>
internal sealed record PreparedRequest(int[] StartIds, TokenSearch Search, GenerationSettings Settings, PictureCacheUse CacheUse)
{
    /// <summary>Start ids and options in one text, the same for the same caption of a picture.</summary>
    public string Canonical => $"{string.Join(',', StartIds)} {Settings}";

    /// <summary>The prompt's ids.</summary>
    public ReadOnlySpan<int> PromptIds => StartIds.AsSpan(1);
}

/// <summary>Everything of one loaded model: the two halves, the tokenizer, the defaults.</summary>
internal sealed class ModelRuntime : IDisposable
{
    private readonly ComputeDevice _device;
    private readonly TextDecoderConfig _text;
    private readonly GenerationConfig _defaults;
    private readonly TokenSearchFactory _searches;

    private ModelRuntime(
        ModelFolder folder, LoadedModel model, ComputeDevice device, CaptionTokenizer tokenizer, PictureEncoder encoder, TextDecoder decoder)
    {
        _device = device;
        _text = folder.Text;
        _defaults = GenerationConfig.Read(folder.Path);
        _searches = new TokenSearchFactory(folder.Text.EndId, folder.Text.VocabularySize, DefectWords.Find(tokenizer));
        Model = model;
        Tokenizer = tokenizer;
        Encoder = encoder;
        Decoder = decoder;
        Normalizer = new PixelNormalizer(folder.Preprocessor.RescaleFactor, folder.Preprocessor.Mean, folder.Preprocessor.StandardDeviation);
    }

    /// <summary>The model as shown to people.</summary>
    public LoadedModel Model { get; }

    /// <summary>Prompts to ids and ids to text.</summary>
    public CaptionTokenizer Tokenizer { get; }

    /// <summary>The vision half.</summary>
    public PictureEncoder Encoder { get; }

    /// <summary>The text half.</summary>
    public TextDecoder Decoder { get; }

    /// <summary>Bytes of pixels to normalized numbers.</summary>
    public PixelNormalizer Normalizer { get; }

    /// <summary>Reads, compiles and loads a model folder.</summary>
    /// <exception cref="ModelFormatException">The folder can't be used.</exception>
    public static async Task<ModelRuntime> LoadAsync(string path, CaptionerOptions options, CancellationToken cancellationToken)
    {
        var folder = await Task.Run(() => ModelFolder.Open(path), cancellationToken).ConfigureAwait(false);
        var hashing = ModelRevision.ComputeAsync(folder, cancellationToken);
        var device = ComputeDevice.Choose(options.Provider, options.Threads, options.LoggerFactory.CreateLogger<Captioner>());
        try
        {
            RefusePrecision(options.Precision, device);
            var revision = await hashing.ConfigureAwait(false);
            var weights = options.Precision is Precision.Int8
                ? await Task.Run(() => QuantizedCheckpoint.GetOrCreate(
                    folder.Checkpoint, BlipEightBits.RuleOf(folder.Text), revision, CacheFolder(options), cancellationToken), cancellationToken).ConfigureAwait(false)
                : folder.Checkpoint;
            return await LoadAsync(folder, revision, weights, device, options, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    /// <summary>Makes a request ready.</summary>
    /// <exception cref="CaptionOptionException">An option is out of range.</exception>
    public PreparedRequest Prepare(CaptionOptions options)
    {
        var prompt = string.IsNullOrWhiteSpace(options.Prompt) ? [] : Tokenizer.Encode(options.Prompt);
        int[] startIds = [_text.StartId, .. prompt];
        var settings = GenerationSettings.Resolve(options, _defaults, _text.VocabularySize, _text.MaxPositions, startIds.Length);
        return new PreparedRequest(startIds, _searches.Create(settings, startIds), settings, options.CacheUse);
    }

    /// <summary>Puts a finished search into words.</summary>
    public Caption Describe(PreparedRequest request, IReadOnlyList<GeneratedSequence> sequences, PictureInfo picture, CaptionTimings timings, CaptionReuse reuse)
    {
        CaptionSequence[] described = [.. sequences.Select(sequence => new CaptionSequence
        {
            Text = Tokenizer.Decode([.. request.PromptIds, .. sequence.TokenIds]),
            TokenIds = sequence.TokenIds,
            LogProbabilities = sequence.LogProbabilities,
            Pieces = Pieces(request.PromptIds, sequence.TokenIds),
            Score = sequence.Score,
            FinishReason = sequence.FinishReason,
        })];
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

    /// <inheritdoc/>
    public void Dispose()
    {
        Encoder.Dispose();
        Decoder.Dispose();
        _device.Dispose();
    }

    private string[] Pieces(ReadOnlySpan<int> promptIds, int[] ids)
    {
        var text = new IncrementalText(Tokenizer);
        foreach (var id in promptIds)
        {
            text.Append(id);
        }

        var pieces = Array.ConvertAll(ids, text.Append);
        if (pieces.Length > 0)
        {
            pieces[^1] += text.Finish();
        }

        return pieces;
    }

    private static async Task<ModelRuntime> LoadAsync(
        ModelFolder folder, string revision, Checkpoint weights, ComputeDevice device, CaptionerOptions options, CancellationToken cancellationToken)
    {
        var capacity = new BatchCapacity(options.MaxBatchRows, options.MaxBatchImages);
        var tokenizer = Task.Run(() => CaptionTokenizer.Load(folder.Path), cancellationToken);
        var encoder = Task.Run(() => new PictureEncoder(folder, weights, options.Precision, device, options.EmbeddingBytes, EncodingsAtOnce(options, device)), cancellationToken);
        var decoder = Task.Run(() => new TextDecoder(folder, weights, options.Precision, device, capacity), cancellationToken);
        try
        {
            await Task.WhenAll(tokenizer, encoder, decoder).ConfigureAwait(false);
            var model = Describe(folder, revision, weights, device, options);
            return new ModelRuntime(
                folder, model, device, await tokenizer.ConfigureAwait(false), await encoder.ConfigureAwait(false), await decoder.ConfigureAwait(false));
        }
        catch
        {
            if (encoder.IsCompletedSuccessfully)
            {
                (await encoder.ConfigureAwait(false)).Dispose();
            }

            if (decoder.IsCompletedSuccessfully)
            {
                (await decoder.ConfigureAwait(false)).Dispose();
            }

            throw;
        }
    }

    private static LoadedModel Describe(ModelFolder folder, string revision, Checkpoint weights, ComputeDevice device, CaptionerOptions options)
    {
        // Another number format gives other captions, so it is part of the revision.
        var name = options.Precision is Precision.F32 ? revision : $"{revision}-{options.Precision.ToString().ToLowerInvariant()}";
        var bytes = options.Precision switch
        {
            Precision.Int8 => QuantizedCheckpoint.SizeOf(weights),
            Precision.F16 => 2 * folder.Checkpoint.Parameters,
            _ => 4 * folder.Checkpoint.Parameters,
        };
        var text = folder.Text;
        var perPicture = 2L * text.Layers * text.HiddenSize * folder.Vision.Tokens * sizeof(float);
        return new LoadedModel
        {
            Id = options.ModelId ?? FolderName(folder.Path),
            Revision = name,
            Architecture = folder.ModelType,
            Precision = options.Precision,
            Provider = device.Description,
            ImageSize = folder.Vision.ImageSize,
            Parameters = folder.Checkpoint.Parameters,
            MemoryBytes = bytes + (perPicture * options.MaxBatchImages) + options.EmbeddingBytes,
        };
    }

    // One after the other where nothing is gained: on a CPU; and in eight bits, where a run's scales must be one picture's own.
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
            throw new ModelFormatException($"Precision {precision.ToString().ToLowerInvariant()} is for the CPU, and this model would run on {device.Description}. Choose f16, or the CPU.");
        }
    }

    private static string CacheFolder(CaptionerOptions options) => options.CacheFolder ?? Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "ImageToText", "cache");

    // A snapshot of the Hugging Face cache (models--org--name/snapshots/revision) is known by the model's name.
    private static string FolderName(string path)
    {
        var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        const string prefix = "models--";
        return folder.Parent is { Name: "snapshots", Parent: { } model } && model.Name.StartsWith(prefix, StringComparison.Ordinal)
            ? model.Name[prefix.Length..].Replace("--", "/", StringComparison.Ordinal)
            : folder.Name;
    }

    private static double Confidence(GeneratedSequence best) =>
        best.LogProbabilities.Length == 0 ? 1 : Math.Exp(best.LogProbabilities.Average(value => (double)value));
}
