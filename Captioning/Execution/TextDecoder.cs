using ImageToText.Captioning.Layers;
using ImageToText.Captioning.Weights;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ImageToText.Captioning.Execution;

/// <summary>The shape of one run of the decoder.</summary>
/// <param name="FirstRow">First row of the keys and values of earlier tokens.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Sequence">Tokens of each row.</param>
/// <param name="FirstPicture">First picture.</param>
/// <param name="Pictures">Pictures.</param>
/// <param name="Width">Tokens reserved for each picture.</param>
internal readonly record struct DecoderShape(int FirstRow, int Rows, int Sequence, int FirstPicture, int Pictures, int Width);

/// <summary>
/// The text half of a loaded model, with the keys and values of all rows and pictures of the running batch. Write the inputs into
/// its buffers, then call <see cref="Run"/>. Not thread-safe; allocates nothing while the shape stays the same.
/// </summary>
internal sealed class TextDecoder : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly ComputeDevice _device;
    private readonly int _layers;
    private readonly HostBuffer<float> _logits;
    private readonly StepGraphs? _graphs;
    private readonly HostBuffer<int>? _fullRow;
    private readonly SessionBinding _binding;
    private DecoderShape _boundShape;

    /// <summary>Compiles and loads the graph and allocates the batch's memory.</summary>
    public TextDecoder(CrossAttendingPlan plan, Checkpoint weights, ComputeDevice device, ExecutionOptions options)
    {
        var (decoder, precision) = (plan.Decoder, options.Precision);
        var capacity = Capacity = options.Capacity;
        VocabularySize = decoder.VocabularySize;
        _device = device;
        _layers = decoder.Layers;
        byte[] graph = TextDecoderGraph.Build(decoder, plan.Attended, weights, precision);
        (_session, bool recorded) = Open(graph, weights.RootFolder, device, options);
        _binding = new SessionBinding(_session, device);

        int tokens = Math.Max(capacity.Rows, decoder.MaxPositions);
        Ids = new HostBuffer<long>(tokens);
        Positions = new HostBuffer<long>(tokens);
        LastPositions = new HostBuffer<int>(capacity.Rows);
        LongestRow = new HostBuffer<int>(1);
        Fold = new HostBuffer<long>(Math.Max((long)capacity.Pictures * GenerationDefaults.MaxRows, tokens));
        Unfold = new HostBuffer<long>(tokens);
        LastTokens = new HostBuffer<long>(capacity.Rows);
        AttendedCounts = plan.Attended.Varies ? new HostBuffer<long>(capacity.Pictures) : null;
        _logits = new HostBuffer<float>((long)capacity.Rows * VocabularySize, device.TryPinnedMemory(_session));

        var self = new RowShape(decoder.Heads, decoder.MaxPositions, decoder.HeadSize);
        var (keys, values) = (
            CrossAttentionGraph.KeyShape(decoder, plan.Attended, precision),
            CrossAttentionGraph.ValueShape(decoder, plan.Attended)
        );
        if (recorded)
        {
            // The step's kernels are recorded for rows of full length, because a recording must serve rows of any length.
            _fullRow = new HostBuffer<int>(1);
            _fullRow.Slice(0, 1)[0] = decoder.MaxPositions;
            StepGraphs.LeaveOut(_runOptions);
            _graphs = new StepGraphs(device, _session, StepInputs(), _logits.Count, capacity.Rows, options.NotRecorded);
        }

        SelfAttention = CreateStore(device, precision, 2 * _layers, capacity.Rows, self);
        CrossAttention = new PictureStore(
            CreateStore(device, precision, _layers, capacity.Pictures, keys),
            CreateStore(device, precision, _layers, capacity.Pictures, values)
        );
    }

    /// <summary>The number of logits per row.</summary>
    public int VocabularySize { get; }

    /// <summary>What there is room for.</summary>
    public BatchCapacity Capacity { get; }

    /// <summary>
    /// The least number of tokens to reserve for each picture: a GPU may use another kernel for a single one than for several.
    /// </summary>
    public int LeastWidth => _device.IsCuda ? 2 : 1;

    /// <summary>[rows, sequence].</summary>
    public HostBuffer<long> Ids { get; }

    /// <summary>[rows, sequence].</summary>
    public HostBuffer<long> Positions { get; }

    /// <summary>[rows].</summary>
    public HostBuffer<int> LastPositions { get; }

    /// <summary>[1].</summary>
    public HostBuffer<int> LongestRow { get; }

    /// <summary>[pictures, width].</summary>
    public HostBuffer<long> Fold { get; }

    /// <summary>[rows x sequence].</summary>
    public HostBuffer<long> Unfold { get; }

    /// <summary>[rows].</summary>
    public HostBuffer<long> LastTokens { get; }

    /// <summary>[pictures]; null if the number of tokens to attend to is always the same.</summary>
    public HostBuffer<long>? AttendedCounts { get; }

    /// <summary>Keys and values of earlier tokens, one row each.</summary>
    public RowStore SelfAttention { get; }

    /// <summary>Keys and values of the pictures.</summary>
    public PictureStore CrossAttention { get; }

    /// <summary>Runs the decoder on the contents of the input buffers.</summary>
    /// <returns>The logits [rows, vocabulary]. They are valid until the next run and may be overwritten.</returns>
    public Span<float> Run(DecoderShape shape)
    {
        bool isStep = shape.Sequence == 1 && shape.FirstRow == 0 && shape.FirstPicture == 0;
        if (_graphs is not null && isStep && TryRunRecorded(_graphs, shape))
        {
            return _logits.Slice(0, shape.Rows * VocabularySize);
        }

        if (!_binding.IsBound || shape != _boundShape)
        {
            Bind(shape);
        }

        _binding.Run(_runOptions);
        return _logits.Slice(0, shape.Rows * VocabularySize);
    }

    /// <summary>Must be called when a store's memory moves, which makes bound tensors stale.</summary>
    public void RowsMoved()
    {
        if (_device.IsCuda)
        {
            _binding.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _binding.Dispose();
        _graphs?.Dispose();
        _fullRow?.Dispose();
        SelfAttention.Dispose();
        CrossAttention.Dispose();
        foreach (var buffer in (IDisposable[])[Ids, Positions, LastPositions, LongestRow, Fold, Unfold, LastTokens, _logits])
        {
            buffer.Dispose();
        }

        AttendedCounts?.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static (InferenceSession Session, bool Recorded) Open(
        byte[] graph,
        string? folder,
        ComputeDevice device,
        ExecutionOptions options
    )
    {
        if (options.CudaGraphs)
        {
            using var recording = device.CreateSessionOptions(folder, cudaGraphs: true);
            try
            {
                return (ModelSession.Open(graph, recording), true);
            }
            catch (ModelFormatException refused)
            {
                // Parts of it would run on the processor. Any other fault appears again when the session opens without CUDA graphs.
                options.NotRecorded?.Invoke(refused.Message);
            }
        }

        using var session = device.CreateSessionOptions(folder);
        return (ModelSession.Open(graph, session), false);
    }

    private List<StepInput> StepInputs()
    {
        List<StepInput> inputs =
        [
            new(TextDecoderGraph.Ids, IsLong: true, Ids.Count),
            new(TextDecoderGraph.Positions, IsLong: true, Positions.Count),
            new(TextDecoderGraph.LastPositions, IsLong: false, LastPositions.Count),
            new(TextDecoderGraph.Fold, IsLong: true, Fold.Count),
            new(TextDecoderGraph.Unfold, IsLong: true, Unfold.Count),
            new(TextDecoderGraph.LastTokens, IsLong: true, LastTokens.Count),
        ];
        if (AttendedCounts is { } counts)
        {
            inputs.Add(new(TextDecoderGraph.AttendedCounts, IsLong: true, counts.Count));
        }

        return inputs;
    }

    private bool TryRunRecorded(StepGraphs graphs, DecoderShape shape)
    {
        List<StepValue> values =
        [
            Value(TextDecoderGraph.Ids, Ids, shape.Rows, 1),
            Value(TextDecoderGraph.Positions, Positions, shape.Rows, 1),
            Value(TextDecoderGraph.LastPositions, LastPositions, shape.Rows),
            Value(TextDecoderGraph.Fold, Fold, shape.Pictures, shape.Width),
            Value(TextDecoderGraph.Unfold, Unfold, shape.Rows),
            Value(TextDecoderGraph.LastTokens, LastTokens, shape.Rows),
        ];
        if (AttendedCounts is { } counts)
        {
            values.Add(Value(TextDecoderGraph.AttendedCounts, counts, shape.Pictures));
        }

        using var logits = _logits.Tensor(0, (long)shape.Rows * VocabularySize);
        using var longest = _fullRow!.Tensor(0, 1);
        var key = new StepKey(shape, SelfAttention.Place, CrossAttention.Keys.Place);
        try
        {
            return graphs.TryRun(
                key,
                values,
                logits,
                binding =>
                {
                    BindRows(binding, shape);
                    binding.BindInput(TextDecoderGraph.LongestRow, longest);
                }
            );
        }
        finally
        {
            values.ForEach(static value => value.Numbers.Dispose());
        }

        static StepValue Value<T>(string name, HostBuffer<T> buffer, params long[] shape)
            where T : unmanaged =>
            new(name, buffer.Tensor(0, shape.Aggregate(1L, static (product, dimension) => product * dimension)), shape);
    }

    private static RowStore CreateStore(ComputeDevice device, Precision precision, int tensors, int rows, RowShape shape) =>
        device.IsCuda
            ? new DeviceRowStore(
                device,
                precision is Precision.F16 ? TensorElementType.Float16 : TensorElementType.Float,
                tensors,
                rows,
                shape
            )
            : new HostRowStore(tensors, rows, shape);

    private void Bind(DecoderShape shape)
    {
        var binding = _binding.Begin();
        int tokens = shape.Rows * shape.Sequence;
        _binding.Input(TextDecoderGraph.Ids, Ids.Tensor(0, shape.Rows, shape.Sequence));
        _binding.Input(TextDecoderGraph.Positions, Positions.Tensor(0, shape.Rows, shape.Sequence));
        _binding.Input(TextDecoderGraph.LastPositions, LastPositions.Tensor(0, shape.Rows));
        _binding.Input(TextDecoderGraph.LongestRow, LongestRow.Tensor(0, 1));
        _binding.Input(TextDecoderGraph.Fold, Fold.Tensor(0, shape.Pictures, shape.Width));
        _binding.Input(TextDecoderGraph.Unfold, Unfold.Tensor(0, tokens));
        _binding.Input(TextDecoderGraph.LastTokens, LastTokens.Tensor(0, shape.Rows));
        if (AttendedCounts is { } counts)
        {
            _binding.Input(TextDecoderGraph.AttendedCounts, counts.Tensor(shape.FirstPicture, shape.Pictures));
        }

        BindRows(binding, shape);
        _binding.Output(TextDecoderGraph.Logits, _logits.Tensor(0, shape.Rows, VocabularySize));
        _boundShape = shape;
    }

    private void BindRows(OrtIoBinding binding, DecoderShape shape)
    {
        for (int layer = 0; layer < _layers; layer++)
        {
            var keys = SelfAttention.Bound(2 * layer, shape.FirstRow, shape.Rows);
            var values = SelfAttention.Bound((2 * layer) + 1, shape.FirstRow, shape.Rows);
            binding.BindInput(TextDecoderGraph.PastKeys(layer), keys);
            binding.BindInput(TextDecoderGraph.PastValues(layer), values);
            binding.BindOutput(TextDecoderGraph.PresentKeys(layer), keys);
            binding.BindOutput(TextDecoderGraph.PresentValues(layer), values);
            binding.BindInput(CrossAttentionGraph.Keys(layer), CrossAttention.Keys.Bound(layer, shape.FirstPicture, shape.Pictures));
            binding.BindInput(CrossAttentionGraph.Values(layer), CrossAttention.Values.Bound(layer, shape.FirstPicture, shape.Pictures));
        }
    }
}
