namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>How the two forms of a conversation name things.</summary>
/// <param name="Messages">The list of messages.</param>
/// <param name="Caps">The most tokens; the first one given counts.</param>
/// <param name="HoldsFormat">Whether the form of the text is described inside 'text', or else in 'response_format'.</param>
/// <param name="HasCount">Whether several captions may be asked for.</param>
internal sealed record ChatForm(string Messages, IReadOnlyList<string> Caps, bool HoldsFormat, bool HasCount)
{
    /// <summary>POST /v1/chat/completions.</summary>
    public static ChatForm Completions { get; } = new("messages", ["max_completion_tokens", "max_tokens"], false, true);

    /// <summary>POST /v1/responses.</summary>
    public static ChatForm Responses { get; } = new("input", ["max_output_tokens"], true, false);
}
