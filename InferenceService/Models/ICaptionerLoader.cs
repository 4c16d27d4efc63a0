using ImageToText.Captioning;

namespace ImageToText.InferenceService.Models;

/// <summary>Turns a model folder into a captioner.</summary>
internal interface ICaptionerLoader
{
    /// <summary>Loads a model.</summary>
    /// <param name="folder">A folder in Hugging Face's layout.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="cancellationToken">Stops loading.</param>
    /// <exception cref="ModelFormatException">The folder can't be used.</exception>
    Task<ICaptioner> LoadAsync(string folder, CaptionerOptions options, CancellationToken cancellationToken);
}
