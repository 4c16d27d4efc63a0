namespace ImageToText.Contracts;

/// <summary>Headers between gateways and nodes that the plain runner's API does not have.</summary>
public static class CaptionHeaders
{
    /// <summary>Of a request: <c>false</c> has a node refuse at once where it would have to load the model first, and begin to load it.</summary>
    public const string WaitForModel = "x-wait-for-model";

    /// <summary>Of a 429: seconds until the model is expected to be loaded, where that is the reason.</summary>
    public const string EstimatedTime = "x-estimated-time";
}
