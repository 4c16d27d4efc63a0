using ImageToText.Captioning;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>A place on disk that captions go to.</summary>
internal interface IResultFile : IDisposable
{
    /// <summary>Whether the picture's caption already stands there, so that it need not be made again.</summary>
    /// <param name="picture">The picture's path.</param>
    bool Has(string picture);

    /// <summary>Writes a caption: wholly or not at all, whenever the process ends.</summary>
    /// <param name="picture">The picture's path.</param>
    /// <param name="text">The caption as it is to be worded.</param>
    /// <param name="caption">All that is known of it.</param>
    /// <exception cref="ResultFileException">What stands there can't be continued.</exception>
    void Write(string picture, string text, Caption caption);
}

/// <summary>A caption can't be written where it was wanted; the message names the file.</summary>
internal sealed class ResultFileException(string message, Exception? inner = null) : Exception(message, inner);
