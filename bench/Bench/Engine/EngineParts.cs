using System.Diagnostics;
using ImageToText.Captioning;
using ImageToText.Captioning.Models;
using ImageToText.Captioning.Execution;

namespace ImageToText.Bench.Engine;

/// <summary>One model in one number format, taken apart: each part is run on its own.</summary>
internal sealed class EngineParts : IDisposable
{
    private const int CachedTokens = 12;

    private static readonly int[] s_together = [2, 4, 8, 16, 32];

    private readonly ModelRuntime _runtime;
    private readonly float[] _pixels;

    private EngineParts(ModelRuntime runtime, Precision precision, ModelFolder folder, TimeSpan loadTime)
    {
        _runtime = runtime;
        Together = [.. s_together.Where(pictures => pictures <= runtime.Encoder.AtOnce).Select(static pictures => (pictures, new Samples()))];
        Precision = precision;
        LoadTime = loadTime;
        EncoderOperations = CountEncoderOperations(folder.Vision);
        var random = new Random(1);
        _pixels = [.. Enumerable.Range(0, 3 * folder.Vision.ImageSize * folder.Vision.ImageSize).Select(_ => (random.NextSingle() * 4) - 2)];
    }

    /// <summary>The number format.</summary>
    public Precision Precision { get; }

    /// <summary>Time to compile and load, quantized weights being there already.</summary>
    public TimeSpan LoadTime { get; }

    /// <summary>Floating-point operations of the encoder's products.</summary>
    public double EncoderOperations { get; }

    public Samples Encode { get; } = new();

    public Samples Cross { get; } = new();

    /// <summary>Runs of the encoder over several pictures, keys and values included.</summary>
    public IReadOnlyList<(int Pictures, Samples Times)> Together { get; }

    /// <summary>Decoder steps by pictures in the batch and beams of each.</summary>
    public IReadOnlyList<(int Pictures, int Beams, Samples Times)> Steps { get; } = [(1, 1, new()), (1, 3, new()), (8, 1, new()), (8, 3, new())];

    public static async Task<EngineParts> LoadAsync(string folder, CaptionerOptions options, CancellationToken cancellationToken)
    {
        (await ModelRuntime.LoadAsync(folder, options, cancellationToken)).Dispose();
        var started = Stopwatch.GetTimestamp();
        var runtime = await ModelRuntime.LoadAsync(folder, options, cancellationToken);
        var parts = new EngineParts(runtime, options.Precision, ModelFolder.Open(folder), Stopwatch.GetElapsedTime(started));
        parts.FillPictures();
        return parts;
    }

    /// <summary>Runs each part once.</summary>
    public void MeasureOnce()
    {
        Encode.Measure(() => _runtime.Encoder.Encode(_pixels));
        Cross.Measure(() => _runtime.Encoder.WriteCrossAttention(_runtime.Decoder.CrossAttention, 0));
        foreach (var (pictures, times) in Together)
        {
            var run = Enumerable.Repeat(new EncoderPicture(_pixels, null), pictures).ToArray();
            times.Measure(() => _runtime.Encoder.EncodeTogether(run, _runtime.Decoder.CrossAttention, 0));
        }

        foreach (var (pictures, beams, times) in Steps)
        {
            MeasureSteps(times, pictures, beams);
        }
    }

    public void Dispose() => _runtime.Dispose();

    private static double CountEncoderOperations(VisionConfig vision)
    {
        if (vision is not BlipVisionConfig blip)
        {
            return 0;
        }

        double tokens = blip.Tokens;
        double hidden = blip.HiddenSize;
        var linear = tokens * hidden * ((4 * hidden) + (2.0 * blip.IntermediateSize));
        var attention = 2 * tokens * tokens * hidden;
        return 2 * ((blip.Layers * (linear + attention)) + (blip.Grid * blip.Grid * hidden * 3 * blip.PatchSize * blip.PatchSize));
    }

    private void FillPictures()
    {
        _runtime.Encoder.Encode(_pixels);
        for (var picture = 0; picture < _runtime.Decoder.Capacity.Pictures; picture++)
        {
            _runtime.Encoder.WriteCrossAttention(_runtime.Decoder.CrossAttention, picture);
        }
    }

    private void MeasureSteps(Samples samples, int pictures, int beams)
    {
        var decoder = _runtime.Decoder;
        var rows = pictures * beams;
        for (var row = 0; row < rows; row++)
        {
            decoder.Ids.Slice(row, 1)[0] = (1000 + row) % decoder.Config.VocabularySize;
            decoder.Positions.Slice(row, 1)[0] = CachedTokens;
            decoder.LastPositions.Slice(row, 1)[0] = CachedTokens;
            decoder.LastTokens.Slice(row, 1)[0] = row;
            decoder.Unfold.Slice(row, 1)[0] = row;
        }

        for (var i = 0; i < rows; i++)
        {
            decoder.Fold.Slice(i, 1)[0] = i;
        }

        decoder.LongestRow.Slice(0, 1)[0] = CachedTokens + 1;
        var shape = new DecoderShape(0, rows, 1, 0, pictures, beams);
        decoder.Run(shape);
        for (var i = 0; i < 5; i++)
        {
            samples.Measure(() => decoder.Run(shape));
        }
    }
}
