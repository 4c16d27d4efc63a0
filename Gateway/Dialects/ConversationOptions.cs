namespace ImageToText.Gateway.Dialects;

/// <summary>How clients that expect a conversation are answered: <c>Gateway:Conversations</c>.</summary>
public sealed class ConversationOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Conversations";

    /// <summary>What a request without a picture is told.</summary>
    internal const string PictureWanted = "Please send a picture: this service writes captions of pictures and can't answer text alone.";

    /// <summary>
    /// Whether a request without a picture is refused with 400. Otherwise it gets a sentence that asks for one, free of charge, because
    /// programs send such requests to try a connection.
    /// </summary>
    public bool RefuseWithoutPicture { get; set; }
}
