namespace ImageToText.Contracts;

/// <summary>Headers that the plain runner API does not have.</summary>
public static class CaptionHeaders
{
    /// <summary>
    /// In a request: <c>false</c> makes a node refuse at once if it would have to load the model first, and start loading it.
    /// </summary>
    public const string WaitForModel = "x-wait-for-model";

    /// <summary>
    /// In a request: <c>true</c> lets every request without it go first, as a gateway asks for the items of jobs. It gains a caller
    /// nothing, so a node believes whoever may ask it at all.
    /// </summary>
    public const string Yields = "x-yields";

    /// <summary>In a 429: seconds until the model is expected to be loaded, if that is the reason.</summary>
    public const string EstimatedTime = "x-estimated-time";

    /// <summary>Of an answer: <c>ignored</c> if the model could do nothing with the text of a chat message.</summary>
    public const string Prompt = "x-prompt";
}
