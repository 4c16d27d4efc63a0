namespace ImageToText.TestSupport;

/// <summary>Damage as it happens to files or comes from attackers. The same seed gives the same damage.</summary>
public static class Mutation
{
    /// <summary>The number of mutants per picture: the given one, or FUZZ_MUTANTS for a long run.</summary>
    public static int CountOr(int usual) => int.TryParse(Environment.GetEnvironmentVariable("FUZZ_MUTANTS"), out int count) ? count : usual;

    public static byte[] Of(byte[] original, int seed)
    {
        var random = new Random(seed);
        byte[] bytes = (byte[])original.Clone();
        for (int left = random.Next(1, 5); left > 0 && bytes.Length > 1; left--)
        {
            // Half of the damage hits the part where headers usually are.
            int at = random.Next(random.Next(2) == 0 ? bytes.Length : Math.Min(bytes.Length, 256));
            int length = random.Next(1, Math.Min(bytes.Length - at, 64) + 1);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;

                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;

                case 2:
                    // Lengths and counts at their limits.
                    bytes.AsSpan(at, Math.Min(length, 4)).Fill(random.Next(2) == 0 ? (byte)0xFF : (byte)0);
                    break;

                case 3:
                    random.NextBytes(bytes.AsSpan(at, length));
                    break;

                case 4:
                    bytes = [.. bytes.AsSpan(0, at), .. bytes.AsSpan(at + length)];
                    break;

                case 5:
                    bytes = [.. bytes.AsSpan(0, at + length), .. bytes.AsSpan(at)];
                    break;

                default:
                    bytes = bytes[..at];
                    break;
            }
        }

        return bytes;
    }
}
