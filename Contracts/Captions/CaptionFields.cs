namespace ImageToText.Contracts;

/// <summary>
/// Fields that a gateway sends to its own nodes for clients that count tokens in another way. They are no options of the public API.
/// </summary>
public static class CaptionFields
{
    /// <summary>Whether max_new_tokens is a cap that may lie beyond the model's room, as OpenAI's max_tokens.</summary>
    public const string CapsNewTokens = "caps_new_tokens";

    /// <summary>The most tokens of the whole text, prompt included, as transformers counts them.</summary>
    public const string MaxLength = "max_length";

    /// <summary>The fewest tokens of the whole text, prompt included, as transformers counts them.</summary>
    public const string MinLength = "min_length";
}
