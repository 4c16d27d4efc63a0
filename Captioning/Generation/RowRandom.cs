using System.Numerics;

namespace ImageToText.Captioning.Generation;

/// <summary>
/// The random numbers of one sampled sequence: xoshiro256** (Blackman, Vigna 2018), its state filled by SplitMix64 from the seed
/// and the sequence's number. Not System.Random, whose algorithm may change between versions of .NET: a seed must give the same
/// caption after an update.
/// </summary>
internal sealed class RowRandom
{
    private ulong _a;
    private ulong _b;
    private ulong _c;
    private ulong _d;

    public RowRandom(long seed, int row)
    {
        // Each number of SplitMix64 advances by one step of the golden ratio. A row starts 2^32 steps after the previous one.
        const ulong Step = 0x9E3779B97F4A7C15;
        ulong state = unchecked((ulong)seed + ((ulong)row << 32) * Step);
        _a = Mix(ref state);
        _b = Mix(ref state);
        _c = Mix(ref state);
        _d = Mix(ref state);

        static ulong Mix(ref ulong state)
        {
            state = unchecked(state + Step);
            ulong mixed = state;
            mixed = unchecked((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9);
            mixed = unchecked((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB);
            return mixed ^ (mixed >> 31);
        }
    }

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        ulong result = unchecked(BitOperations.RotateLeft(_b * 5, 7) * 9);
        ulong shifted = _b << 17;
        _c ^= _a;
        _d ^= _b;
        _b ^= _c;
        _a ^= _d;
        _c ^= shifted;
        _d = BitOperations.RotateLeft(_d, 45);
        return result;
    }

    /// <summary>A number in [0, 1), one of 2^53.</summary>
    public double NextUnit() => (Next() >> 11) * (1.0 / (1UL << 53));
}
