using ImageToText.Contracts;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>One text of an answer.</summary>
/// <param name="Text">The text.</param>
/// <param name="FinishReason">stop or length.</param>
/// <param name="Tokens">Its tokens.</param>
internal readonly record struct ChatText(string Text, string FinishReason, int Tokens)
{
    /// <summary>What a conversation without a picture is told.</summary>
    public static IReadOnlyList<ChatText> PictureWanted(ChatAsk ask) => [new(Written(ask, ConversationOptions.PictureWanted), "stop", 0)];

    /// <summary>The captions. A runner without details gives one of unknown length.</summary>
    public static IReadOnlyList<ChatText> Of(ChatAsk ask, CaptionResponse whole) =>
        whole.Details is { Sequences: { Count: > 0 } sequences }
            ?
            [
                .. sequences
                    .Take(ask.Count)
                    .Select(sequence => new ChatText(
                        Written(ask, sequence.Text),
                        sequence.FinishReason == "length" ? "length" : "stop",
                        sequence.TokenIds.Count
                    )),
            ]
            : [new(Written(ask, whole.Text), "stop", 0)];

    private static string Written(ChatAsk ask, string text) => ask.Format?.Write(text) ?? text;
}
