using System.Runtime.CompilerServices;
using System.Text;
using ImageToText.Captioning;
using ImageToText.ImageHeaders;

namespace ImageToText.Standalone.Tests;

/// <summary>Answers what the test decides. A picture's bytes are the text that names it.</summary>
internal sealed class DelegateCaptioner(Func<string, CaptionOptions, CancellationToken, Task<Caption>> caption) : ICaptioner
{
    public LoadedModel Model { get; } =
        new()
        {
            Id = "scripted",
            Revision = "r",
            Architecture = "blip",
            Precision = Precision.F32,
            Provider = "CPU",
            ImageSize = 96,
            Parameters = 1,
            WeightBytes = 1,
            MemoryBytes = 1,
        };

    public CaptionerLoad Load => default;

    public bool Disposed { get; private set; }

    public Engine Engine => new((_, _, _) => Task.FromResult<ICaptioner>(this));

    public static Caption Of(string text) =>
        new()
        {
            Text = text,
            ModelId = "scripted",
            Confidence = 0.5,
            Image = new PictureInfo(4, 3, ImageFormat.Png),
            Timings = new CaptionTimings { Decode = TimeSpan.FromMilliseconds(1.5) },
            Sequences =
            [
                new CaptionSequence
                {
                    Text = text,
                    TokenIds = [7, 8],
                    LogProbabilities = [-0.5f, -1f, -0.25f],
                    Score = -0.6,
                    FinishReason = FinishReason.Stop,
                },
            ],
        };

    public Task<Caption> CaptionAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    ) => caption(Encoding.UTF8.GetString(image.Span), options ?? new CaptionOptions(), cancellationToken);

    public async IAsyncEnumerable<CaptionUpdate> StreamAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        yield return new CaptionUpdate { Text = "", Caption = await CaptionAsync(image, options, cancellationToken) };
    }

    public Task<IReadOnlyList<float>> FirstLogitsAsync(
        ReadOnlyMemory<byte> image,
        CaptionOptions? options = null,
        CancellationToken cancellationToken = default
    ) => throw new NotSupportedException();

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return ValueTask.CompletedTask;
    }
}
