using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Intake;

/// <summary>The contents of a multipart form.</summary>
internal sealed class UploadedForm : IDisposable
{
    /// <summary>Text fields; the last one with a name counts.</summary>
    public Dictionary<string, string> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>Pictures, in order.</summary>
    public List<UploadedPicture> Pictures { get; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var picture in Pictures)
        {
            picture.Picture?.Dispose();
        }
    }
}

/// <summary>One picture of a form, or why it can't be captioned.</summary>
/// <param name="Name">The file's name, as sent.</param>
/// <param name="Picture">The picture; null: it was refused, or is still to be fetched.</param>
/// <param name="Refusal">Why it was refused; null: it was accepted.</param>
internal sealed record UploadedPicture(string Name, Picture? Picture, Refusal? Refusal)
{
    /// <summary>Where it is to be fetched; null: it was sent.</summary>
    public Uri? Address { get; init; }
}
