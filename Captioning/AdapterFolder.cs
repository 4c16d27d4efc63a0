using ImageToText.Captioning.Weights.Adapters;

namespace ImageToText.Captioning;

/// <summary>Folders of adapters: small changes to a base model, merged into it when it is loaded.</summary>
public static class AdapterFolder
{
    /// <summary>The file that identifies an adapter's folder.</summary>
    public const string ConfigFile = AdapterConfig.FileName;

    /// <summary>Returns the folder of a model's config.json: its own, or for an adapter alone, that of its base.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="hubCache">Where Hugging Face's tools keep models.</param>
    /// <returns>Null: the folder holds no model, or its base is not on this machine.</returns>
    public static string? FindBase(string folder, string hubCache)
    {
        try
        {
            string found = ModelPlace.Find(folder, hubCache).Folder;
            return File.Exists(Path.Combine(found, "config.json")) ? found : null;
        }
        catch (Exception fault) when (fault is ModelFormatException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
