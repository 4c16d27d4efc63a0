namespace ImageToText.TestSupport;

/// <summary>A pull request with one file more than main.</summary>
internal sealed record HubPullRequest(
    int Number,
    string Author,
    string Title,
    string Status,
    string Parent,
    string FileName,
    HubStoredFile File
)
{
    public string Head { get; } = Number.ToString("d40", System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A file as the hub stores it.</summary>
/// <param name="Content">Its bytes.</param>
/// <param name="Hash">SHA-256 of a large file, else git's name of the blob.</param>
/// <param name="Large">Whether another host serves it.</param>
internal sealed record HubStoredFile(byte[] Content, string Hash, bool Large)
{
    public long Size => Content.Length;
}
