using System.Buffers;
using ImageToText.Captioning.Generation;
using ImageToText.Captioning.Loading;
using ImageToText.Captioning.Preprocessing;
using ImageToText.Captioning.Scheduling;

namespace ImageToText.Captioning.Tests.Scheduling;

/// <summary>Reference pictures made ready for a model.</summary>
internal static class PictureJobs
{
    public static CaptionJob Create(ModelRuntime runtime, string picture, CaptionOptions options, CancellationToken leaving)
    {
        var prepared = runtime.Prepare(options);
        return Create(runtime, picture, prepared, prepared.Search, leaving);
    }

    public static CaptionJob Create(
        ModelRuntime runtime,
        string picture,
        PreparedRequest prepared,
        TokenSearch search,
        CancellationToken leaving
    )
    {
        var preparation = runtime.Preparation;
        using var read = PictureReader.Read(
            File.ReadAllBytes(TestFiles.Fixture($"images/{picture}")),
            preparation,
            new ImageLimits(),
            TimeProvider.System,
            TestContext.Current.CancellationToken
        );
        int count = 3 * preparation.Size.Height * preparation.Size.Width;
        float[] planes = ArrayPool<float>.Shared.Rent(count);
        runtime.Normalizer.Normalize(read.Pixels.Span, planes.AsSpan(0, count));
        return new CaptionJob(planes, count)
        {
            StartIds = prepared.StartIds,
            EncoderIds = prepared.Prompt.EncoderIds,
            Search = search,
            CancellationToken = leaving,
        };
    }
}
