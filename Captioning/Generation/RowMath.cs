using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// Reductions over one row of logits. The result depends only on the row's values: not on its address, its neighbours in the
/// batch, or the processor's vector width.
/// </summary>
/// <remarks>
/// TensorPrimitives' sums align their vectors to memory addresses, so the same row at another address gives other last bits. Here
/// element i always goes to lane i mod 8 (software vectors behave the same if the hardware has none). The code is compiled for
/// speed from the first call; otherwise a process's first hundred tokens would take 2 ms longer each.
/// </remarks>
internal static class RowMath
{
    /// <summary>ln(sum(exp(row))).</summary>
    /// <exception cref="InvalidOperationException">The row holds NaN or positive infinity, or nothing finite.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double LogSumExp(ReadOnlySpan<float> row)
    {
        float max = row[IndexOfMax(row)];
        var shift = Vector256.Create(max);
        var lower = Vector256<double>.Zero;
        var upper = Vector256<double>.Zero;
        int i = 0;
        for (; i + Vector256<float>.Count <= row.Length; i += Vector256<float>.Count)
        {
            (var low, var high) = Vector256.Widen(Vector256.Exp(Vector256.Create(row[i..]) - shift));
            lower += low;
            upper += high;
        }

        if (i < row.Length)
        {
            Span<float> rest = stackalloc float[Vector256<float>.Count];
            rest.Fill(float.NegativeInfinity);
            row[i..].CopyTo(rest);
            (var low, var high) = Vector256.Widen(Vector256.Exp(Vector256.Create<float>(rest) - shift));
            lower += low;
            upper += high;
        }

        var sums = lower + upper;
        double result = max + Math.Log(sums[0] + sums[1] + (sums[2] + sums[3]));
        return double.IsFinite(result)
            ? result
            : throw new InvalidOperationException(
                "The model's logits are not finite numbers. Its weights may be damaged; check the folder."
            );
    }

    /// <summary>A token's log-probability from its logit and its row's <see cref="LogSumExp"/>; rounding never makes it positive.</summary>
    public static float LogProbability(float logit, double normalizer) => (float)Math.Min(0, logit - normalizer);

    /// <summary>The index of the greatest value, or the first of several; 0 if none is above negative infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int IndexOfMax(ReadOnlySpan<float> row)
    {
        float best = float.NegativeInfinity;
        int index = 0;
        int i = 0;
        for (; i + Vector256<float>.Count <= row.Length; i += Vector256<float>.Count)
        {
            if (Vector256.GreaterThanAny(Vector256.Create(row[i..]), Vector256.Create(best)))
            {
                for (int lane = i; lane < i + Vector256<float>.Count; lane++)
                {
                    if (row[lane] > best)
                    {
                        best = row[lane];
                        index = lane;
                    }
                }
            }
        }

        for (; i < row.Length; i++)
        {
            if (row[i] > best)
            {
                best = row[i];
                index = i;
            }
        }

        return index;
    }

    /// <summary>How many values are at least <paramref name="bound"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int CountAtLeast(ReadOnlySpan<float> row, float bound)
    {
        var bounds = Vector256.Create(bound);
        var counts = Vector256<int>.Zero;
        int i = 0;
        for (; i + Vector256<float>.Count <= row.Length; i += Vector256<float>.Count)
        {
            // A lane that matches is all ones: -1.
            counts -= Vector256.GreaterThanOrEqual(Vector256.Create(row[i..]), bounds).AsInt32();
        }

        int count = Vector256.Sum(counts);
        for (; i < row.Length; i++)
        {
            count += row[i] >= bound ? 1 : 0;
        }

        return count;
    }
}
