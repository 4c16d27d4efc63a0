using ImageToText.Captioning;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>A place on disk for captions.</summary>
internal interface IResultFile : IDisposable
{
    /// <summary>Returns whether it already has the picture's caption, so that none needs to be made.</summary>
    /// <param name="picture">The picture's path.</param>
    bool Has(string picture);

    /// <summary>Writes a caption completely or not at all, even if the process ends meanwhile.</summary>
    /// <param name="picture">The picture's path.</param>
    /// <param name="text">The caption, in its final wording.</param>
    /// <param name="caption">All that is known about it.</param>
    /// <exception cref="ResultFileException">The existing content can't be continued.</exception>
    void Write(string picture, string text, Caption caption);
}

/// <summary>A caption can't be written; the message names the file.</summary>
internal sealed class ResultFileException(string message, Exception? inner = null) : Exception(message, inner);
