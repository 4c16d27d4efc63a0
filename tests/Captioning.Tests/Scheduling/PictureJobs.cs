using System.Buffers;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Scheduling;

namespace ImageToText.Captioning.Tests.Scheduling;

/// <summary>Reference pictures, prepared for a model.</summary>
internal static class PictureJobs
{
    public static CaptionJob Create(
        ModelRuntime runtime,
        string picture,
        CaptionOptions options,
        CancellationToken leaving,
        string? name = null
    )
    {
        var prepared = Prepare(runtime, picture, options);
        return Create(runtime, picture, prepared, prepared.Search, leaving, name);
    }

    public static CaptionJob Create(
        ModelRuntime runtime,
        string picture,
        CaptionOptions options,
        TokenSearch search,
        CancellationToken leaving
    ) => Create(runtime, picture, Prepare(runtime, picture, options), search, leaving);

    public static PreparedRequest Prepare(ModelRuntime runtime, string picture, CaptionOptions options) =>
        runtime.Prepare(options, runtime.ViewsOf(Bytes(picture), new ImageLimits()));

    public static CaptionJob Create(
        ModelRuntime runtime,
        string picture,
        PreparedRequest prepared,
        TokenSearch search,
        CancellationToken leaving,
        string? name = null
    )
    {
        var preparation = runtime.Preparation;
        using var read = PictureReader.Read(
            Bytes(picture),
            preparation,
            new ImageLimits(),
            TimeProvider.System,
            TestContext.Current.CancellationToken,
            PixelChoices.Pillow
        );
        int count = read.Pixels.Length;
        int view = count / read.Views.Views;
        float[] planes = ArrayPool<float>.Shared.Rent(count);
        for (int start = 0; start < count; start += view)
        {
            runtime.Normalizer.Normalize(read.Pixels.Span.Slice(start, view), planes.AsSpan(start, view));
        }

        return new CaptionJob(planes, count)
        {
            PrefixIds = prepared.Prompt.PrefixIds,
            StartIds = prepared.StartIds,
            EncoderIds = prepared.Prompt.EncoderIds,
            Views = read.Views.Views,
            Memory = prepared.Memory,
            Picture = name,
            Yields = prepared.Yields,
            Search = search,
            CancellationToken = leaving,
        };
    }

    private static byte[] Bytes(string picture) => File.ReadAllBytes(TestFiles.Fixture($"images/{picture}"));
}
