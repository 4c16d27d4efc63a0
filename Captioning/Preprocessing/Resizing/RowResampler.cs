using System.Buffers;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>Resamples along a row of RGB pixels in integer arithmetic, so that SIMD and plain code give the same bytes.</summary>
internal sealed unsafe class RowResampler : IDisposable
{
    private const int Half = 1 << (ResampleKernel.PrecisionBits - 1);

    /// <summary>Rows that share one pass over the weights.</summary>
    private const int Block = 4;

    private readonly ResampleKernel _kernel;

    // For each output sample and each pair of taps: the first weight for R, G, B, nothing, then the second likewise.
    private readonly int[] _pairs = [];
    private readonly int _pairStride;

    public RowResampler(ResampleKernel kernel)
    {
        _kernel = kernel;
        if (!Avx2.IsSupported)
        {
            return;
        }

        _pairStride = (kernel.MaxTaps + 1) / 2 * 8;
        _pairs = ArrayPool<int>.Shared.Rent(_pairStride * kernel.OutputLength);
        for (int output = 0; output < kernel.OutputLength; output++)
        {
            var to = _pairs.AsSpan(output * _pairStride, _pairStride);
            to.Clear();
            var weights = kernel.Weights(output);
            for (int tap = 0; tap < weights.Length; tap++)
            {
                to.Slice(tap * 4, 3).Fill(weights[tap]);
            }
        }
    }

    /// <summary>Resamples rows of InputLength pixels, one after another, into rows of OutputLength pixels.</summary>
    public void Resample(ReadOnlySpan<byte> input, Span<byte> output, int rows)
    {
        int inputStride = _kernel.InputLength * 3;
        int outputStride = _kernel.OutputLength * 3;
        ArgumentOutOfRangeException.ThrowIfLessThan(input.Length, rows * inputStride);
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, rows * outputStride);
        int row = 0;
        if (Avx2.IsSupported)
        {
            fixed (byte* from = input)
            fixed (byte* to = output)
            fixed (int* pairs = _pairs)
            {
                // Eight bytes are read for a pair of pixels, and the second pixel may lie beyond the row. The plain loop handles
                // the last row, and rows so short that the next one doesn't make up for that.
                for (; row + Block < rows && inputStride >= 6; row += Block)
                {
                    ResampleBlock(from + ((long)row * inputStride), to + ((long)row * outputStride), pairs, inputStride, outputStride);
                }
            }
        }

        for (; row < rows; row++)
        {
            ResampleRow(input.Slice(row * inputStride, inputStride), output.Slice(row * outputStride, outputStride));
        }
    }

    public void Dispose()
    {
        if (_pairs.Length > 0)
        {
            ArrayPool<int>.Shared.Return(_pairs);
        }
    }

    private void ResampleBlock(byte* from, byte* to, int* pairs, int inputStride, int outputStride)
    {
        // Bytes R0 G0 B0 R1 G1 B1 to R0 G0 B0 0 R1 G1 B1 0.
        var spread = Vector128.Create((byte)0, 1, 2, 0x80, 3, 4, 5, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80);
        for (int x = 0; x < _kernel.OutputLength; x++)
        {
            Vector256<int> sum0 = default;
            Vector256<int> sum1 = default;
            Vector256<int> sum2 = default;
            Vector256<int> sum3 = default;
            byte* pixels = from + (_kernel.First(x) * 3);
            int* weights = pairs + (x * _pairStride);
            int pairCount = (_kernel.Weights(x).Length + 1) / 2;
            for (int pair = 0; pair < pairCount; pair++)
            {
                var weight = Avx.LoadVector256(weights);
                sum0 += Widen(pixels, spread) * weight;
                sum1 += Widen(pixels + inputStride, spread) * weight;
                sum2 += Widen(pixels + (inputStride * 2), spread) * weight;
                sum3 += Widen(pixels + (inputStride * 3), spread) * weight;
                pixels += 6;
                weights += 8;
            }

            Store(sum0, to);
            Store(sum1, to + outputStride);
            Store(sum2, to + (outputStride * 2));
            Store(sum3, to + (outputStride * 3));
            to += 3;
        }
    }

    private static Vector256<int> Widen(byte* pixels, Vector128<byte> spread) =>
        Avx2.ConvertToVector256Int32(Ssse3.Shuffle(Sse2.LoadScalarVector128((ulong*)pixels).AsByte(), spread));

    private static void Store(Vector256<int> sum, byte* to)
    {
        var total = sum.GetLower() + sum.GetUpper() + Vector128.Create(Half);
        total = Vector128.Clamp(total >> ResampleKernel.PrecisionBits, Vector128<int>.Zero, Vector128.Create(255));
        to[0] = (byte)total[0];
        to[1] = (byte)total[1];
        to[2] = (byte)total[2];
    }

    private void ResampleRow(ReadOnlySpan<byte> input, Span<byte> output)
    {
        for (int x = 0; x < _kernel.OutputLength; x++)
        {
            var weights = _kernel.Weights(x);
            var pixels = input.Slice(_kernel.First(x) * 3, weights.Length * 3);
            int red = Half;
            int green = Half;
            int blue = Half;
            for (int tap = 0; tap < weights.Length; tap++)
            {
                red += pixels[tap * 3] * weights[tap];
                green += pixels[(tap * 3) + 1] * weights[tap];
                blue += pixels[(tap * 3) + 2] * weights[tap];
            }

            output[x * 3] = ResampleKernel.Clip(red);
            output[(x * 3) + 1] = ResampleKernel.Clip(green);
            output[(x * 3) + 2] = ResampleKernel.Clip(blue);
        }
    }
}
