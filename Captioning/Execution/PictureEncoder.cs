using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using Microsoft.ML.OnnxRuntime;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// The vision half of a loaded model. It turns pixels into the picture's tokens, and these (together with a prompt, if a text
/// encoder reads it) into the text decoder's cross-attention keys and values. It encodes pictures one at a time, or several in
/// one run if that is faster on the device. Not thread-safe.
/// </summary>
internal sealed class PictureEncoder : IDisposable
{
    private readonly int _tokens;
    private readonly int _height;
    private readonly int _width;
    private readonly InferenceSession _vision;
    private readonly InferenceSession _crossAttention;
    private readonly OrtIoBinding _visionBinding;
    private readonly OrtIoBinding _crossBinding;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer<float> _pixels;
    private readonly OrtValue _pixelTensor;
    private readonly RecentEmbeddings _embeddings;
    private readonly DeviceTensor? _together;
    private readonly TensorCopy? _copy;
    private readonly PromptReader? _reader;
    private readonly HostBuffer<long>? _prompt;

    /// <summary>Compiles and loads the two graphs.</summary>
    public PictureEncoder(CrossAttendingPlan plan, Checkpoint weights, ComputeDevice device, ExecutionOptions options)
    {
        AtOnce = options.AtOnce;
        (_height, _width) = (plan.ImageHeight, plan.ImageWidth);
        _tokens = plan.Vision.Tokens;
        using var session = device.CreateSessionOptions(weights.RootFolder);
        // A pattern would be a second place for all that lies between layers, beside that of the first picture.
        session.EnableMemoryPattern = device.IsCuda;
        _vision = ModelSession.Open(PictureGraph.Build(plan.Vision, weights, options.Precision), session);
        _reader = plan.Reader;
        _crossAttention = ModelSession.Open(
            _reader is null
                ? CrossAttentionGraph.Build(plan.Decoder, _tokens, weights, options.Precision)
                : PromptReaderGraph.Build(_reader, plan.Decoder, _tokens, weights, options.Precision),
            session
        );
        // The prompt's ids, and how many places stay empty.
        _prompt = _reader is null ? null : new HostBuffer<long>(_reader.MaxPositions + 1);
        _pixels = new HostBuffer<float>((long)AtOnce * PictureSize, device.TryPinnedMemory(_vision));
        _pixelTensor = _pixels.Tensor(0, 1, 3, _height, _width);
        bool half = options.Precision is Precision.F16;
        int width = plan.Vision.OutputSize;
        _embeddings = new RecentEmbeddings(
            () => new DeviceTensor(device, _vision, half, _tokens, width),
            (long)_tokens * width * (half ? 2 : sizeof(float)),
            options.EmbeddingBytes
        );
        if (AtOnce > 1)
        {
            _together = new DeviceTensor(device, _vision, half, AtOnce * _tokens, width);
            _copy = new TensorCopy(device, half, width);
        }

        _visionBinding = _vision.CreateIoBinding();
        _crossBinding = _crossAttention.CreateIoBinding();
    }

    /// <summary>Pictures that may be encoded in one run.</summary>
    public int AtOnce { get; }

    /// <summary>The tokens of the last encoded picture, [tokens, hidden]; on the CPU in float32.</summary>
    public DeviceTensor Tokens => _embeddings.Latest;

    private int PictureSize => 3 * _height * _width;

    /// <summary>Returns whether a picture's tokens are still cached.</summary>
    public bool Remembers(string? picture) => _embeddings.Remembers(picture);

    /// <summary>Encodes a picture into <see cref="Tokens"/>, unless its earlier result is still cached.</summary>
    /// <param name="pixels">[3, height, width], normalized.</param>
    /// <param name="picture">A name that no other pixels have; null: don't cache the picture.</param>
    /// <returns>True if it was still cached.</returns>
    public bool Encode(ReadOnlyMemory<float> pixels, string? picture = null)
    {
        if (_embeddings.Find(picture))
        {
            return true;
        }

        _embeddings.MakeRoom();
        pixels.Span.CopyTo(_pixels.Slice(0, pixels.Length));
        RunVision(_pixelTensor, Tokens.Value);
        _embeddings.Name(picture);
        return false;
    }

    /// <summary>Computes the cross-attention keys and values of <see cref="Tokens"/> into a row of the store.</summary>
    /// <param name="store">The store to write to.</param>
    /// <param name="row">The picture's row.</param>
    /// <param name="prompt">The prompt to read with them; empty if there is no text encoder.</param>
    public void WriteCrossAttention(PictureStore store, int row, ReadOnlySpan<int> prompt = default) =>
        WriteCrossAttention(Tokens.Value, store, row, prompt);

    /// <summary>The number of tokens of a picture and its prompt together.</summary>
    public int CountAttended(EncoderPicture picture) => _tokens + picture.Prompt.Length;

    /// <summary>
    /// Encodes pictures in one run, and computes their cross-attention keys and values into consecutive rows of the store.
    /// </summary>
    /// <param name="pictures">At most <see cref="AtOnce"/>, more than one.</param>
    /// <param name="store">The store for keys and values.</param>
    /// <param name="firstRow">The first picture's row.</param>
    public void EncodeTogether(IReadOnlyList<EncoderPicture> pictures, PictureStore store, int firstRow)
    {
        int count = pictures.Count;
        for (int i = 0; i < count; i++)
        {
            pictures[i].Pixels.Span.CopyTo(_pixels.Slice(i * PictureSize, PictureSize));
        }

        using var pixels = _pixels.Tensor(0, count, 3, _height, _width);
        using var tokens = _together!.Rows(0, count * _tokens);
        RunVision(pixels, tokens);
        if (_reader is null)
        {
            WriteTogether(tokens, store, firstRow, count);
        }

        for (int i = 0; i < count; i++)
        {
            using var own = _together.Rows(i * _tokens, _tokens);
            if (_reader is not null)
            {
                WriteCrossAttention(own, store, firstRow + i, pictures[i].Prompt.Span);
            }

            Remember(pictures[i].Name, own);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _together?.Dispose();
        _copy?.Dispose();
        _prompt?.Dispose();
        _visionBinding.Dispose();
        _crossBinding.Dispose();
        _embeddings.Dispose();
        _pixelTensor.Dispose();
        _pixels.Dispose();
        _runOptions.Dispose();
        _crossAttention.Dispose();
        _vision.Dispose();
    }

    private void WriteTogether(OrtValue tokens, PictureStore store, int firstRow, int count)
    {
        var outputs = new List<OrtValue>(2 * store.Keys.Tensors);
        try
        {
            RunCrossAttention(
                tokens,
                store,
                (rows, layer) =>
                {
                    outputs.Add(rows.Range(layer, firstRow, count));
                    return outputs[^1];
                }
            );
        }
        finally
        {
            outputs.ForEach(static output => output.Dispose());
        }
    }

    private void WriteCrossAttention(OrtValue tokens, PictureStore store, int row, ReadOnlySpan<int> prompt)
    {
        if (_reader is null)
        {
            RunCrossAttention(tokens, store, (rows, layer) => rows.Single(layer, row));
            return;
        }

        var ids = _prompt!.Slice(0, prompt.Length);
        for (int i = 0; i < ids.Length; i++)
        {
            ids[i] = prompt[i];
        }

        _prompt.Slice(prompt.Length, 1)[0] = _reader.MaxPositions - _tokens - prompt.Length;
        using var promptTensor = _prompt.Tensor(0, prompt.Length);
        using var emptyTensor = _prompt.Tensor(prompt.Length, 1);
        _crossBinding.BindInput(PromptReaderGraph.Ids, promptTensor);
        _crossBinding.BindInput(PromptReaderGraph.Empty, emptyTensor);
        RunCrossAttention(tokens, store, (rows, layer) => rows.Single(layer, row));
    }

    // Bound anew each time, because binding transfers the pixels to a device.
    private void RunVision(OrtValue pixels, OrtValue tokens)
    {
        _visionBinding.BindInput(PictureGraph.Pixels, pixels);
        _visionBinding.BindOutput(PictureGraph.Tokens, tokens);
        _vision.RunWithBinding(_runOptions, _visionBinding);
        _visionBinding.SynchronizeBoundOutputs();
    }

    // The caller decides which rows of each layer's keys and values are written.
    private void RunCrossAttention(OrtValue tokens, PictureStore store, Func<RowStore, int, OrtValue> rows)
    {
        _crossBinding.BindInput(PictureGraph.Tokens, tokens);
        for (int layer = 0; layer < store.Keys.Tensors; layer++)
        {
            _crossBinding.BindOutput(CrossAttentionGraph.Keys(layer), rows(store.Keys, layer));
            _crossBinding.BindOutput(CrossAttentionGraph.Values(layer), rows(store.Values, layer));
        }

        _crossAttention.RunWithBinding(_runOptions, _crossBinding);
        _crossBinding.SynchronizeBoundOutputs();
    }

    // The run's memory is reused by the next run, so what is to be cached moves elsewhere.
    private void Remember(string? picture, OrtValue tokens)
    {
        if (!_embeddings.HasPlaceFor(picture))
        {
            return;
        }

        _embeddings.MakeRoom();
        _copy!.Run(tokens, Tokens.Value);
        _embeddings.Name(picture);
    }
}
