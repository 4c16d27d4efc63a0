namespace ImageToText.Captioning.Generation;

/// <summary>Which numbers an option may take: wide enough for every use, narrow enough that no arithmetic overflows.</summary>
internal static class GenerationLimits
{
    public static readonly NumberRange LengthPenalty = new(-10, 10, "a number from -10 to 10");
    public static readonly NumberRange RepetitionPenalty = new(0.01f, 100, "a number from 0.01 to 100");
    public static readonly NumberRange Temperature = new(0.001f, 1000, "a number greater than 0 (0.001 to 1000)");
    public static readonly NumberRange TopP = new(float.Epsilon, 1, "a number greater than 0 and at most 1");
}

/// <summary>Finite numbers between two bounds, both included.</summary>
/// <param name="Least">The least number allowed.</param>
/// <param name="Most">The greatest number allowed.</param>
/// <param name="Description">The range in words.</param>
internal readonly record struct NumberRange(float Least, float Most, string Description)
{
    /// <summary>False for NaN, too.</summary>
    public bool Contains(float value) => value >= Least && value <= Most;
}
