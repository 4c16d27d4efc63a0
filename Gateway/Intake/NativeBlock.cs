using System.Buffers;
using System.Runtime.InteropServices;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// The memory of one large picture in one piece, outside the collector's heap. It returns to the system with the picture, and a
/// header that lies far back can be read in place.
/// </summary>
internal sealed unsafe class NativeBlock : MemoryManager<byte>
{
    private readonly int _length;
    private void* _start;

    /// <summary>Allocates <paramref name="length"/> uninitialised bytes from the system.</summary>
    public NativeBlock(int length)
    {
        _start = NativeMemory.Alloc((nuint)length);
        _length = length;
    }

    /// <summary>Frees the bytes. Nobody may read them after that.</summary>
    public void Free() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(_start, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new((byte*)_start + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
        // It never moves.
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(_start);
        _start = null;
    }
}
