using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace ImageToText.Captioning.Execution;

/// <summary>
/// Memory outside the garbage collector's heap, with tensors laid over it. The operating system provides pages only when they are
/// touched, so a generous capacity costs nothing until it is used. Data for a GPU may be in memory that the GPU reads and writes
/// directly.
/// </summary>
internal sealed unsafe class HostBuffer<T> : IDisposable
    where T : unmanaged
{
    // A cache line, and the width of the widest vector registers.
    private const nuint Alignment = 64;

    private readonly void* _allocation;
    private readonly OrtAllocator? _pinned;
    private readonly OrtMemoryAllocation? _pinnedAllocation;
    private readonly T* _start;
    private bool _disposed;

    /// <summary>Allocates zeroed memory for a number of elements.</summary>
    /// <param name="count">The number.</param>
    /// <param name="pinned">
    /// Memory to take and own from now on (<see cref="ComputeDevice.TryPinnedMemory"/>); null: the system's.
    /// </param>
    public HostBuffer(long count, OrtAllocator? pinned = null)
    {
        Count = count;
        if (pinned is not null)
        {
            _pinned = pinned;
            _pinnedAllocation = pinned.Allocate(checked((uint)(count * sizeof(T))));
            _start = (T*)_pinnedAllocation.DangerousGetHandle();
            NativeMemory.Clear(_start, (nuint)count * (nuint)sizeof(T));
            return;
        }

        _allocation = NativeMemory.AllocZeroed(((nuint)count * (nuint)sizeof(T)) + Alignment);
        _start = (T*)(((nuint)_allocation + Alignment - 1) / Alignment * Alignment);
    }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Part of the memory.</summary>
    public Span<T> Slice(long start, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Count);
        return new Span<T>(_start + start, count);
    }

    /// <summary>A tensor over part of the memory. It must not outlive the buffer.</summary>
    public OrtValue Tensor(long start, params long[] shape)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        long count = shape.Aggregate(1L, (product, dimension) => product * dimension);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Count);
        return OrtValue.CreateTensorValueWithData(
            OrtMemoryInfo.DefaultInstance,
            ElementType,
            shape,
            (nint)(_start + start),
            count * sizeof(T)
        );
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _pinnedAllocation?.Dispose();
            _pinned?.Dispose();
            NativeMemory.Free(_allocation);
        }
    }

    private static TensorElementType ElementType =>
        default(T) switch
        {
            float => TensorElementType.Float,
            Half => TensorElementType.Float16,
            long => TensorElementType.Int64,
            int => TensorElementType.Int32,
            _ => throw new NotSupportedException($"Tensors of {typeof(T).Name} are not used."),
        };
}
