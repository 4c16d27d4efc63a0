using ImageToText.Captioning.Layers;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// Rows in a device's memory, which only ONNX Runtime can reach. A small graph rearranges rows by gathering them into a second
/// set of buffers, which then replaces the first.
/// </summary>
internal sealed class DeviceRowStore : RowStore
{
    private readonly ComputeDevice _device;
    private readonly TensorElementType _type;
    private readonly InferenceSession _gather;
    private readonly OrtAllocator _allocator;
    private readonly RunOptions _runOptions = new();
    private readonly HostBuffer<long> _sources;
    private OrtMemoryAllocation[] _current;
    private OrtMemoryAllocation[] _spare;
    private int _place;

    /// <summary>Allocates the memory twice.</summary>
    public DeviceRowStore(ComputeDevice device, TensorElementType type, int tensors, int rows, RowShape shape)
        : base(tensors, rows, shape)
    {
        _device = device;
        _type = type;
        using var options = device.CreateSessionOptions(modelFolder: null);
        _gather = new InferenceSession(RowGatherGraph.Build(tensors, shape, type is TensorElementType.Float16), options);
        _allocator = new OrtAllocator(_gather, device.MemoryInfo);
        _sources = new HostBuffer<long>(rows);
        _current = Allocate();
        _spare = Allocate();
    }

    /// <inheritdoc/>
    public override int Place => _place;

    private uint Bytes => (uint)(Rows * Shape.Count * ComputeDevice.ElementBytes(_type));

    /// <inheritdoc/>
    public override void Rearrange(ReadOnlySpan<int> sources, ReadOnlySpan<int> lengths)
    {
        if (IsIdentity(sources))
        {
            return;
        }

        for (int i = 0; i < sources.Length; i++)
        {
            _sources.Slice(i, 1)[0] = sources[i];
        }

        using (var binding = _gather.CreateIoBinding())
        {
            using var index = _sources.Tensor(0, sources.Length);
            binding.BindInput(RowGatherGraph.Sources, index);
            var outputs = new List<OrtValue>(Tensors);
            for (int tensor = 0; tensor < Tensors; tensor++)
            {
                binding.BindInput(RowGatherGraph.Input(tensor), Leading(tensor, Rows));
                var output = TensorOver(_spare[tensor], 0, [sources.Length, Shape.Heads, Shape.Positions, Shape.HeadSize]);
                outputs.Add(output);
                binding.BindOutput(RowGatherGraph.Output(tensor), output);
            }

            binding.SynchronizeBoundInputs();
            _gather.RunWithBinding(_runOptions, binding);
            binding.SynchronizeBoundOutputs();
            outputs.ForEach(output => output.Dispose());
        }

        ForgetViews();
        (_current, _spare) = (_spare, _current);
        _place = 1 - _place;
    }

    /// <inheritdoc/>
    public override void Swap(int first, int second)
    {
        int[] sources = [.. Enumerable.Range(0, Rows)];
        (sources[first], sources[second]) = (second, first);
        Rearrange(sources);
    }

    /// <inheritdoc/>
    public override void Resize(int rows, RowShape shape) =>
        throw new NotSupportedException("Rows in a device's memory keep the size that they were given.");

    /// <inheritdoc/>
    protected override OrtValue View(int tensor, int firstRow, long[] shape) => TensorOver(_current[tensor], firstRow, shape);

    /// <inheritdoc/>
    protected override void Release()
    {
        foreach (var allocation in _current.Concat(_spare))
        {
            allocation.Dispose();
        }

        _sources.Dispose();
        _runOptions.Dispose();
        _allocator.Dispose();
        _gather.Dispose();
    }

    private static bool IsIdentity(ReadOnlySpan<int> sources)
    {
        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] != i)
            {
                return false;
            }
        }

        return true;
    }

    private OrtMemoryAllocation[] Allocate() => [.. Enumerable.Range(0, Tensors).Select(_ => _allocator.Allocate(Bytes))];

    private OrtValue TensorOver(OrtMemoryAllocation memory, int firstRow, long[] shape) =>
        _device.TensorOver(memory, _type, firstRow * Shape.Count, shape);
}
