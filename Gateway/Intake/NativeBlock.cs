using System.Buffers;
using System.Runtime.InteropServices;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// One large picture's memory in one piece, outside the collector's heap: it goes back to the system when the picture goes, and a
/// header that lies far back is read in place.
/// </summary>
internal sealed unsafe class NativeBlock : MemoryManager<byte>
{
    private readonly int _length;
    private void* _start;

    /// <summary>Takes <paramref name="length"/> bytes from the system, uninitialised.</summary>
    public NativeBlock(int length)
    {
        _start = NativeMemory.Alloc((nuint)length);
        _length = length;
    }

    /// <summary>Gives the bytes back to the system. Nobody may read them any more.</summary>
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
