using ImageToText.Captioning.Graphs;
using ImageToText.Captioning.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ImageToText.Captioning.Runtime;

/// <summary>
/// The vision half of a loaded model: pixels to the picture's tokens, and these to the text decoder's cross-attention
/// keys and values. Pictures are encoded one at a time: on a CPU a batch gains nothing, and eight-bit scales then
/// belong to one picture. Not thread-safe.
/// </summary>
internal sealed class PictureEncoder : IDisposable
{
    private readonly InferenceSession _vision;
    private readonly InferenceSession _crossAttention;
    private readonly OrtIoBinding _visionBinding;
    private readonly OrtIoBinding _crossBinding;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer<float> _pixels;
    private readonly OrtValue _pixelTensor;
    private readonly RecentEmbeddings _embeddings;

    /// <summary>Compiles and loads the two graphs.</summary>
    public PictureEncoder(ModelFolder folder, Checkpoint weights, Precision precision, ComputeDevice device, long embeddingBytes = 0)
    {
        var size = folder.Vision.ImageSize;
        using var options = device.CreateSessionOptions(weights.RootFolder);
        _vision = ModelSession.Open(VisionGraph.Build(folder.Vision, weights, precision), options);
        _crossAttention = ModelSession.Open(CrossAttentionGraph.Build(folder.Text, folder.Vision.Tokens, weights, precision), options);
        _pixels = new HostBuffer<float>(3L * size * size);
        _pixelTensor = _pixels.Tensor(0, 1, 3, size, size);
        var half = precision is Precision.F16;
        _embeddings = new RecentEmbeddings(
            () => new DeviceTensor(device, _vision, half, folder.Vision.Tokens, folder.Vision.OutputSize),
            (long)folder.Vision.Tokens * folder.Vision.OutputSize * (half ? 2 : sizeof(float)),
            embeddingBytes);
        _visionBinding = _vision.CreateIoBinding();
        _crossBinding = _crossAttention.CreateIoBinding();
    }

    /// <summary>The tokens of the picture encoded last, [tokens, hidden]; on the CPU in float32.</summary>
    public DeviceTensor Tokens => _embeddings.Latest;

    /// <summary>Encodes a picture into <see cref="Tokens"/>, unless what it gave before is still there.</summary>
    /// <param name="pixels">[3, size, size], normalized.</param>
    /// <param name="picture">A name that no other pixels have; null: the picture is not remembered.</param>
    /// <returns>True where it was still there.</returns>
    public bool Encode(ReadOnlySpan<float> pixels, string? picture = null)
    {
        if (_embeddings.Find(picture))
        {
            return true;
        }

        _embeddings.MakeRoom();
        pixels.CopyTo(_pixels.Slice(0, pixels.Length));
        // Bound anew each time: binding is what carries the pixels to a device.
        _visionBinding.BindInput(VisionGraph.Pixels, _pixelTensor);
        _visionBinding.BindOutput(VisionGraph.Tokens, Tokens.Value);
        _vision.RunWithBinding(_runOptions, _visionBinding);
        _visionBinding.SynchronizeBoundOutputs();
        _embeddings.Name(picture);
        return false;
    }

    /// <summary>Computes the cross-attention keys and values of <see cref="Tokens"/> into a row of the store.</summary>
    /// <param name="store">Where they go.</param>
    /// <param name="row">The picture's row.</param>
    public void WriteCrossAttention(PictureStore store, int row)
    {
        _crossBinding.BindInput(VisionGraph.Tokens, Tokens.Value);
        for (var layer = 0; layer < store.Keys.Tensors; layer++)
        {
            _crossBinding.BindOutput(CrossAttentionGraph.Keys(layer), store.Keys.Single(layer, row));
            _crossBinding.BindOutput(CrossAttentionGraph.Values(layer), store.Values.Single(layer, row));
        }

        _crossAttention.RunWithBinding(_runOptions, _crossBinding);
        _crossBinding.SynchronizeBoundOutputs();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _visionBinding.Dispose();
        _crossBinding.Dispose();
        _embeddings.Dispose();
        _pixelTensor.Dispose();
        _pixels.Dispose();
        _runOptions.Dispose();
        _crossAttention.Dispose();
        _vision.Dispose();
    }
}

/// <summary>One tensor in the device's memory.</summary>
internal sealed class DeviceTensor : IDisposable
{
    private readonly HostBuffer<float>? _host;
    private readonly OrtAllocator? _allocator;

    /// <summary>Takes the memory.</summary>
    public DeviceTensor(ComputeDevice device, InferenceSession session, bool half, params long[] shape)
    {
        if (device.IsCuda)
        {
            _allocator = new OrtAllocator(session, device.MemoryInfo);
            Value = OrtValue.CreateAllocatedTensorValue(_allocator, half ? TensorElementType.Float16 : TensorElementType.Float, shape);
        }
        else
        {
            _host = new HostBuffer<float>(shape.Aggregate(1L, (product, dimension) => product * dimension));
            Value = _host.Tensor(0, shape);
        }
    }

    /// <summary>The tensor.</summary>
    public OrtValue Value { get; }

    /// <summary>Its numbers, where they lie in the computer's own memory; null on a device.</summary>
    public HostBuffer<float>? Host => _host;

    /// <inheritdoc/>
    public void Dispose()
    {
        Value.Dispose();
        _host?.Dispose();
        _allocator?.Dispose();
    }
}

/// <summary>Opens sessions with errors that a model's owner understands.</summary>
internal static class ModelSession
{
    /// <summary>Loads a compiled graph with the checkpoint's weights.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses it: a file changed, or memory is short.</exception>
    public static InferenceSession Open(byte[] graph, SessionOptions options)
    {
        try
        {
            return new InferenceSession(graph, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException($"ONNX Runtime could not load the model: {exception.Message}", exception);
        }
    }
}
