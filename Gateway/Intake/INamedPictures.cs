using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Intake;

/// <summary>Pictures that jobs name, and the text files beside them. The name begins with what the operator opened.</summary>
internal interface INamedPictures
{
    /// <summary>Reads a picture.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="RefusalException">
    /// 404: it is not there; 503: it can't be reached now; or it can't be accepted: 400, 413, 415, 422 or 429.
    /// </exception>
    Task<Picture> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>Reads the first bytes of a picture, or all of them if it has fewer.</summary>
    /// <exception cref="RefusalException">400 or 404: it can't be read; 503: it can't be reached now.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    Task<byte[]> StartOfAsync(string name, int count, CancellationToken cancellationToken);

    /// <summary>Writes a text file beside a picture.</summary>
    /// <param name="name">The file's name.</param>
    /// <param name="text">What it is to hold.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="RefusalException">400 or 404: it may not be written; 503: its place can't be written now.</exception>
    Task WriteTextAsync(string name, string text, CancellationToken cancellationToken);
}
