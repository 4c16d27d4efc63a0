using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ImageToText.Captioning.Execution;

/// <summary>Rows of numbers in the device's memory, [rows, width].</summary>
internal sealed class DeviceTensor : IDisposable
{
    private readonly ComputeDevice _device;
    private readonly int _width;
    private readonly TensorElementType _type;
    private readonly HostBuffer<float>? _host;
    private readonly OrtAllocator? _allocator;
    private readonly OrtMemoryAllocation? _memory;

    /// <summary>Allocates the memory.</summary>
    /// <param name="device">The device.</param>
    /// <param name="session">A session of that device.</param>
    /// <param name="half">Numbers of 16 bits; on a GPU only.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Numbers in a row.</param>
    public DeviceTensor(ComputeDevice device, InferenceSession session, bool half, int rows, int width)
    {
        (_device, _width, _type) = (device, width, half ? TensorElementType.Float16 : TensorElementType.Float);
        if (device.IsCuda)
        {
            _allocator = new OrtAllocator(session, device.MemoryInfo);
            _memory = _allocator.Allocate((uint)((long)rows * width * ComputeDevice.ElementBytes(_type)));
        }
        else
        {
            _host = new HostBuffer<float>((long)rows * width);
        }

        Value = Rows(0, rows);
    }

    /// <summary>All of it.</summary>
    public OrtValue Value { get; }

    /// <summary>Some of its rows, as a tensor that must not outlive it.</summary>
    public OrtValue Rows(int first, int count) =>
        _host is { } host
            ? host.Tensor((long)first * _width, count, _width)
            : _device.TensorOver(_memory!, _type, (long)first * _width, count, _width);

    /// <inheritdoc/>
    public void Dispose()
    {
        Value.Dispose();
        _host?.Dispose();
        _memory?.Dispose();
        _allocator?.Dispose();
    }
}
