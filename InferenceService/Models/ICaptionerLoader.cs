using ImageToText.Captioning;

namespace ImageToText.InferenceService.Models;

/// <summary>Turns a model folder into a captioner.</summary>
internal interface ICaptionerLoader
{
    /// <summary>Loads a model.</summary>
    /// <param name="folder">A folder in Hugging Face's layout.</param>
    /// <param name="options">How it is run.</param>
    /// <param name="cancellationToken">Gives the load up.</param>
    /// <exception cref="ModelFormatException">The folder can't be used.</exception>
    Task<ICaptioner> LoadAsync(string folder, CaptionerOptions options, CancellationToken cancellationToken);
}
