using System.Diagnostics;
using ImageToText.Captioning;
using ImageToText.Captioning.Execution;
using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Preprocessing;

namespace ImageToText.Bench.Engine;

/// <summary>One model in one number format, taken apart so that each part can run alone.</summary>
internal sealed class EngineParts : IDisposable
{
    private const int CachedTokens = 12;

    // One row for each of the pictures that the batch holds by default.
    private const int FullBatch = 2;

    private static readonly int[] GroupSizes = [2, 4, 8, 16, 32];

    private readonly ModelRuntime _runtime;
    private readonly CrossAttendingModel _model;
    private readonly float[] _pixels;

    private EngineParts(ModelRuntime runtime, Precision precision, TimeSpan loadTime)
    {
        _runtime = runtime;
        _model =
            runtime.Batch as CrossAttendingModel
            ?? throw new InvalidOperationException(
                $"{runtime.Model.Id} reads pictures as text, so its parts are others. Measure it with 'peers'."
            );
        Together =
        [
            .. GroupSizes.Where(pictures => pictures <= runtime.Batch.AtOnce).Select(static pictures => (pictures, new StopwatchSamples())),
        ];
        Precision = precision;
        LoadTime = loadTime;
        EncoderOperations = CountEncoderOperations(runtime.Execution);
        var random = new Random(1);
        _pixels =
        [
            .. Enumerable
                .Range(0, 3 * runtime.Execution.ImageHeight * runtime.Execution.ImageWidth)
                .Select(_ => (random.NextSingle() * 4) - 2),
        ];
    }

    /// <summary>The number format.</summary>
    public Precision Precision { get; }

    /// <summary>Time to compile and load, with quantized weights already in the cache.</summary>
    public TimeSpan LoadTime { get; }

    /// <summary>Floating-point operations of the encoder's products.</summary>
    public double EncoderOperations { get; }

    public StopwatchSamples Encode { get; } = new();

    public StopwatchSamples Cross { get; } = new();

    /// <summary>From a file's bytes to the numbers that the encoder reads; on one thread.</summary>
    public StopwatchSamples Prepare { get; } = new();

    /// <summary>Runs of the encoder over several pictures, keys and values included.</summary>
    public IReadOnlyList<(int Pictures, StopwatchSamples Times)> Together { get; }

    /// <summary>Decoder steps by pictures in the batch and beams of each.</summary>
    public IReadOnlyList<(int Pictures, int Beams, StopwatchSamples Times)> Steps { get; } =
    [(1, 1, new()), (1, 3, new()), (8, 1, new()), (8, 3, new())];

    /// <summary>Decoder steps of a full batch with one row for each picture.</summary>
    public (int Pictures, int Beams, StopwatchSamples Times) FullStep => Steps[FullBatch];

    public static async Task<EngineParts> LoadAsync(string folder, CaptionerOptions options, CancellationToken cancellationToken)
    {
        (await ModelRuntime.LoadAsync(folder, options, cancellationToken)).Dispose();
        long started = Stopwatch.GetTimestamp();
        var runtime = await ModelRuntime.LoadAsync(folder, options, cancellationToken);
        var parts = new EngineParts(runtime, options.Precision, Stopwatch.GetElapsedTime(started));
        parts.FillPictures();
        return parts;
    }

    /// <summary>Runs each part once.</summary>
    public void MeasureOnce()
    {
        Encode.Measure(() => _model.Encoder.Encode(_pixels));
        Cross.Measure(() => _model.Encoder.WriteCrossAttention(_model.Decoder.CrossAttention, 0));
        foreach (var (pictures, times) in Together)
        {
            var run = Enumerable.Repeat(new EncoderPicture(_pixels, null), pictures).ToArray();
            times.Measure(() => _model.Encoder.EncodeTogether(run, _model.Decoder.CrossAttention, 0));
        }

        foreach (var (pictures, beams, times) in Steps)
        {
            MeasureSteps(times, pictures, beams);
        }
    }

    /// <summary>Turns a file's bytes into the numbers that the encoder reads.</summary>
    public void PreparePicture(ReadOnlyMemory<byte> picture, CancellationToken cancellationToken)
    {
        using var prepared = PictureReader.Read(picture, _runtime.Preparation, new ImageLimits(), TimeProvider.System, cancellationToken);
        _runtime.Normalizer.Normalize(prepared.Pixels.Span, _pixels.AsSpan(0, prepared.Pixels.Length));
    }

    /// <summary>Runs once what a caption takes in a full batch, from the encoded picture.</summary>
    public void MeasureCaption(ReadOnlyMemory<byte> picture, CancellationToken cancellationToken)
    {
        Prepare.Measure(() => PreparePicture(picture, cancellationToken));
        Encode.Measure(() => _model.Encoder.Encode(_pixels));
        Cross.Measure(() => _model.Encoder.WriteCrossAttention(_model.Decoder.CrossAttention, 0));
        MeasureSteps(FullStep.Times, FullStep.Pictures, FullStep.Beams);
    }

    public void Dispose() => _runtime.Dispose();

    private static double CountEncoderOperations(ExecutionPlan plan)
    {
        if (plan is not CrossAttendingPlan { Vision: VisionTransformer vision })
        {
            return 0;
        }

        double tokens = vision.Tokens;
        double hidden = vision.HiddenSize;
        double linear = tokens * hidden * ((4 * hidden) + (2.0 * vision.IntermediateSize));
        double attention = 2 * tokens * tokens * hidden;
        return 2 * ((vision.Layers * (linear + attention)) + (vision.PatchCount * hidden * 3 * vision.PatchSize * vision.PatchSize));
    }

    private void FillPictures()
    {
        _model.Encoder.Encode(_pixels);
        for (int picture = 0; picture < _model.Decoder.Capacity.Pictures; picture++)
        {
            _model.Encoder.WriteCrossAttention(_model.Decoder.CrossAttention, picture);
        }
    }

    private void MeasureSteps(StopwatchSamples samples, int pictures, int beams)
    {
        RowGroup[] groups =
        [
            .. Enumerable.Range(0, pictures).Select(picture => new RowGroup(picture, picture * beams, beams, CachedTokens)),
        ];
        int[] tokens = [.. Enumerable.Range(0, pictures * beams).Select(row => (1000 + row) % _model.VocabularySize)];
        _model.Step(groups, tokens);
        for (int i = 0; i < 5; i++)
        {
            samples.Measure(() => _model.Step(groups, tokens));
        }
    }
}
