using ImageToText.Bench.Engine;
using ImageToText.Bench.Load;
using ImageToText.Captioning;

namespace ImageToText.Bench.Node;

/// <summary>The parts of a node's work, measured alone in this process while the node has nothing to do.</summary>
internal sealed class NodeParts : IDisposable
{
    private const int Rounds = 8;

    // A node at saturation has long compiled what prepares pictures; this process has to do so before it measures.
    private const int WarmUps = 500;
    private readonly EngineParts _parts;
    private readonly LoadPictures _pictures = new(seed: 1);

    private NodeParts(EngineParts parts) => _parts = parts;

    /// <summary>Loads the model as the node does.</summary>
    public static async Task<NodeParts> LoadAsync(string folder, Precision precision, CancellationToken cancellationToken)
    {
        var parts = new NodeParts(
            await EngineParts.LoadAsync(
                folder,
                new CaptionerOptions
                {
                    Precision = precision,
                    Provider = ProviderChoice.Cpu,
                    EmbeddingBytes = 0,
                },
                cancellationToken
            )
        );
        byte[] picture = parts._pictures.Make(1)[0];
        for (int i = 0; i < WarmUps; i++)
        {
            parts._parts.PreparePicture(picture, cancellationToken);
        }

        return parts;
    }

    /// <summary>Measures each part a few times.</summary>
    public void Measure(CancellationToken cancellationToken)
    {
        foreach (byte[] picture in _pictures.Make(Rounds))
        {
            _parts.MeasureCaption(picture, cancellationToken);
        }
    }

    /// <summary>What the node could do at most.</summary>
    /// <param name="steps">Decoder steps of its captions, on average.</param>
    public EngineBound Bound(double steps) =>
        new()
        {
            EncodeMs = _parts.Encode.Median,
            CrossMs = _parts.Cross.Median,
            StepMs = _parts.FullStep.Times.Median,
            Captions = _parts.FullStep.Pictures,
            PrepareMs = _parts.Prepare.Median,
            Steps = steps,
        };

    public void Dispose() => _parts.Dispose();
}
