using ImageToText.Captioning;

namespace ImageToText.InferenceService.Models;

/// <summary>Loads models with the engine.</summary>
internal sealed class CaptionerLoader : ICaptionerLoader
{
    public async Task<ICaptioner> LoadAsync(string folder, CaptionerOptions options, CancellationToken cancellationToken) =>
        await Captioner.LoadAsync(folder, options, cancellationToken);
}
