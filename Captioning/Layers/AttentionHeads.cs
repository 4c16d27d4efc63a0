namespace ImageToText.Captioning.Layers;

/// <summary>What every attention layer must satisfy.</summary>
internal static class AttentionHeads
{
    /// <summary>Refuses a width that is not divisible by the number of heads.</summary>
    /// <param name="section">The part of config.json.</param>
    /// <param name="key">Its key for the width.</param>
    /// <param name="hidden">The width.</param>
    /// <param name="heads">The number of heads.</param>
    /// <exception cref="ModelFormatException">It is not divisible.</exception>
    public static void Check(string section, string key, int hidden, int heads)
    {
        if (hidden % heads != 0 || hidden / heads % 8 != 0)
        {
            throw new ModelFormatException(
                $"config.json: {section} divides {key} {hidden} among {heads} heads; a head size that is a multiple of 8 is supported."
            );
        }
    }
}
