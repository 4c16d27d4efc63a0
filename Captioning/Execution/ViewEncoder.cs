using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// The vision half of a model that sees a picture in one or several views. Each view is encoded in a separate run, so its tokens
/// depend on nothing else. Not thread-safe.
/// </summary>
internal sealed class ViewEncoder : IDisposable
{
    private readonly int _viewSize;
    private readonly int _viewTokens;
    private readonly InferenceSession _session;
    private readonly OrtIoBinding _binding;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer<float> _pixels;
    private readonly OrtValue _pixelTensor;
    private readonly RecentEmbeddings _embeddings;

    /// <summary>Compiles and loads the graph.</summary>
    public ViewEncoder(PrefixPlan plan, Checkpoint weights, ComputeDevice device, ExecutionOptions options)
    {
        var vision = plan.Vision;
        _viewSize = 3 * vision.ImageHeight * vision.ImageWidth;
        _viewTokens = vision.Tokens;
        using var session = device.CreateSessionOptions(weights.RootFolder);
        _session = ModelSession.Open(PictureGraph.Build(vision, weights, options.Precision), session);
        _pixels = new HostBuffer<float>(_viewSize, device.TryPinnedMemory(_session));
        _pixelTensor = _pixels.Tensor(0, 1, 3, vision.ImageHeight, vision.ImageWidth);
        bool half = options.Precision is Precision.F16;
        int tokens = plan.MaxViews * _viewTokens;
        _embeddings = new RecentEmbeddings(
            () => new DeviceTensor(device, _session, half, tokens, vision.OutputSize),
            (long)tokens * vision.OutputSize * (half ? 2 : sizeof(float)),
            options.EmbeddingBytes
        );
        _binding = _session.CreateIoBinding();
    }

    /// <summary>Returns whether a picture's tokens are still cached.</summary>
    public bool Remembers(string? picture) => _embeddings.Remembers(picture);

    /// <summary>Encodes a picture, unless its earlier result is still cached.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="remembered">True if it was still cached.</param>
    /// <returns>Its views' tokens, [views x tokens, width]. Dispose of them; they are valid until the next picture.</returns>
    public OrtValue Encode(EncoderPicture picture, out bool remembered)
    {
        remembered = _embeddings.Find(picture.Name);
        if (!remembered)
        {
            _embeddings.MakeRoom();
            for (int view = 0; view < picture.Views; view++)
            {
                picture.Pixels.Span.Slice(view * _viewSize, _viewSize).CopyTo(_pixels.Slice(0, _viewSize));
                using var tokens = _embeddings.Latest.Rows(view * _viewTokens, _viewTokens);
                // Bound anew each time, because binding transfers the pixels to a device.
                _binding.BindInput(PictureGraph.Pixels, _pixelTensor);
                _binding.BindOutput(PictureGraph.Tokens, tokens);
                _session.RunWithBinding(_runOptions, _binding);
                _binding.SynchronizeBoundOutputs();
            }

            _embeddings.Name(picture.Name);
        }

        return _embeddings.Latest.Rows(0, picture.Views * _viewTokens);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _embeddings.Dispose();
        _pixelTensor.Dispose();
        _pixels.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }
}
