using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ImageToText.Captioning.Preprocessing.Resizing;

/// <summary>Resamples along a row of RGB pixels in integer arithmetic, so that SIMD and plain code give the same bytes.</summary>
internal sealed unsafe class RowResampler : IDisposable
{
    private const int Half = 1 << (ResampleKernel.PrecisionBits - 1);

    /// <summary>Rows that share one pass over the weights.</summary>
    private const int Block = 4;

    /// <summary>Taps that share one instruction.</summary>
    private const int Group = 4;

    /// <summary>The low bits of a weight. What is above fits 16 bits too, and instructions multiply 16 bits best.</summary>
    private const int LowBits = 15;

    /// <summary>Bytes read for a group of taps; its pixels have 12.</summary>
    private const int GroupBytes = 16;

    private readonly ResampleKernel _kernel;

    // For each output sample and each group of taps: the low bits of the weights, then what is above them. Of each, the first two taps
    // for R, G, B, nothing, then the other two likewise.
    private readonly short[] _groups = [];
    private readonly int _groupStride;

    public RowResampler(ResampleKernel kernel)
    {
        _kernel = kernel;
        if (!Avx2.IsSupported)
        {
            return;
        }

        _groupStride = (kernel.MaxTaps + Group - 1) / Group * 2 * Vector256<short>.Count;
        _groups = ArrayPool<short>.Shared.Rent(_groupStride * kernel.OutputLength);
        for (int output = 0; output < kernel.OutputLength; output++)
        {
            var to = _groups.AsSpan(output * _groupStride, _groupStride);
            to.Clear();
            var weights = kernel.Weights(output);
            for (int tap = 0; tap < weights.Length; tap++)
            {
                int first = (tap / Group * 2 * Vector256<short>.Count) + (tap % Group / 2 * 8) + (tap % 2);
                for (int channel = 0; channel < 3; channel++)
                {
                    to[first + (channel * 2)] = (short)(weights[tap] & ((1 << LowBits) - 1));
                    to[first + Vector256<short>.Count + (channel * 2)] = (short)(weights[tap] >> LowBits);
                }
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
            fixed (short* groups = _groups)
            {
                // What is read for a group of taps may lie beyond the row. The plain loop handles the last row, and rows so short that
                // the next one doesn't make up for that.
                for (; row + Block < rows && inputStride >= GroupBytes; row += Block)
                {
                    ResampleBlock(from + ((long)row * inputStride), to + ((long)row * outputStride), groups, inputStride, outputStride);
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
        if (_groups.Length > 0)
        {
            ArrayPool<short>.Shared.Return(_groups);
        }
    }

    // Compiled for speed from the first call: it runs for a while, but in few calls.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ResampleBlock(byte* from, byte* to, short* groups, int inputStride, int outputStride)
    {
        for (int x = 0; x < _kernel.OutputLength; x++)
        {
            var (low0, low1, low2, low3) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero, Vector256<int>.Zero);
            var (high0, high1, high2, high3) = (low0, low0, low0, low0);
            byte* pixels = from + (_kernel.First(x) * 3);
            short* weights = groups + (x * _groupStride);
            int groupCount = (_kernel.Weights(x).Length + Group - 1) / Group;
            for (int group = 0; group < groupCount; group++)
            {
                var low = Vector256.Load(weights);
                var high = Vector256.Load(weights + Vector256<short>.Count);
                var row0 = Spread(pixels);
                var row1 = Spread(pixels + inputStride);
                var row2 = Spread(pixels + (inputStride * 2));
                var row3 = Spread(pixels + (inputStride * 3));
                low0 += Avx2.MultiplyAddAdjacent(row0, low);
                low1 += Avx2.MultiplyAddAdjacent(row1, low);
                low2 += Avx2.MultiplyAddAdjacent(row2, low);
                low3 += Avx2.MultiplyAddAdjacent(row3, low);
                high0 += Avx2.MultiplyAddAdjacent(row0, high);
                high1 += Avx2.MultiplyAddAdjacent(row1, high);
                high2 += Avx2.MultiplyAddAdjacent(row2, high);
                high3 += Avx2.MultiplyAddAdjacent(row3, high);
                pixels += Group * 3;
                weights += 2 * Vector256<short>.Count;
            }

            Store(low0, high0, to);
            Store(low1, high1, to + outputStride);
            Store(low2, high2, to + (outputStride * 2));
            Store(low3, high3, to + (outputStride * 3));
            to += 3;
        }
    }

    /// <summary>Four pixels as 16-bit numbers: R0 R1 G0 G1 B0 B1 0 0, and the other two likewise.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Spread(byte* pixels)
    {
        const byte nothing = 0x80;
        var places = Vector256.Create(
            Vector128.Create(0, nothing, 3, nothing, 1, nothing, 4, nothing, 2, nothing, 5, nothing, nothing, nothing, nothing, nothing),
            Vector128.Create(6, nothing, 9, nothing, 7, nothing, 10, nothing, 8, nothing, 11, nothing, nothing, nothing, nothing, nothing)
        );
        return Avx2.Shuffle(Avx2.BroadcastVector128ToVector256(pixels), places).AsInt16();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> low, Vector256<int> high, byte* to)
    {
        var sum = low + (high << LowBits);
        var total = sum.GetLower() + sum.GetUpper() + Vector128.Create(Half);
        total = Vector128.Clamp(total >> ResampleKernel.PrecisionBits, Vector128<int>.Zero, Vector128.Create(255));
        to[0] = (byte)total[0];
        to[1] = (byte)total[1];
        to[2] = (byte)total[2];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
