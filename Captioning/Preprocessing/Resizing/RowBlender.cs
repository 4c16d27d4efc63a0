using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>Resamples across rows: an output row is the weighted sum of several input rows.</summary>
internal static unsafe class RowBlender
{
    private const int Half = 1 << (ResampleKernel.PrecisionBits - 1);

    /// <summary>Sums rows in a ring.</summary>
    /// <param name="ring">Rows, one after another.</param>
    /// <param name="ringRows">Rows in the ring.</param>
    /// <param name="first">
    /// The position of the first row in the ring. The next ones follow, or precede it if <paramref name="step"/> is -1.
    /// </param>
    /// <param name="step">1 or -1.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="weights">One per row.</param>
    /// <param name="output">rowBytes bytes.</param>
    // Compiled for speed from the first call: it runs for a while, but in few calls.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Blend(
        ReadOnlySpan<byte> ring,
        int ringRows,
        int first,
        int step,
        int rowBytes,
        ReadOnlySpan<int> weights,
        Span<byte> output
    )
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ring.Length, ringRows * rowBytes);
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, rowBytes);
        fixed (byte* rows = ring)
        fixed (byte* to = output)
        {
            int at = 0;
            if (Avx2.IsSupported)
            {
                for (; at + 16 <= rowBytes; at += 16)
                {
                    var low = Vector256.Create(Half);
                    var high = low;
                    int row = first;
                    foreach (int weight in weights)
                    {
                        byte* from = rows + ((long)row * rowBytes) + at;
                        var factor = Vector256.Create(weight);
                        low += Avx2.ConvertToVector256Int32(from) * factor;
                        high += Avx2.ConvertToVector256Int32(from + 8) * factor;
                        row = Next(row, step, ringRows);
                    }

                    Clip(low, to + at);
                    Clip(high, to + at + 8);
                }
            }

            for (; at < rowBytes; at++)
            {
                int sum = Half;
                int row = first;
                foreach (int weight in weights)
                {
                    sum += rows[((long)row * rowBytes) + at] * weight;
                    row = Next(row, step, ringRows);
                }

                to[at] = ResampleKernel.Clip(sum);
            }
        }
    }

    private static int Next(int row, int step, int ringRows)
    {
        row += step;
        return row == ringRows ? 0
            : row < 0 ? ringRows - 1
            : row;
    }

    private static void Clip(Vector256<int> sum, byte* to)
    {
        sum >>= ResampleKernel.PrecisionBits;
        // Both packings saturate, which does the clipping.
        var words = Sse2.PackSignedSaturate(sum.GetLower(), sum.GetUpper());
        Sse2.PackUnsignedSaturate(words, words).GetLower().Store(to);
    }
}
