namespace ImageToText.Gateway.Dialects;

/// <summary>What a temperature means in the dialects of chat programs, which have no other option to ask for the likeliest words.</summary>
internal static class ConversationTemperature
{
    private const double HighestGreedy = 0.3;

    /// <summary>Whether words are to be drawn at random; false: the likeliest are wanted, or no temperature was given.</summary>
    public static bool Draws(double? temperature) => temperature > HighestGreedy;
}
