using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// Writes an item's caption into a text file beside its picture. The caption is paid, so an item whose file can't be written keeps its
/// price. A retry finds the caption in the cache.
/// </summary>
internal sealed class ItemFile(JobPictures pictures)
{
    /// <summary>Writes it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="text">The caption.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>Why there is no file; null: there is one.</returns>
    public async Task<Refusal?> WriteAsync(Job job, string name, string text, CancellationToken cancellationToken)
    {
        if (pictures.Of(job) is not { } place)
        {
            return null;
        }

        try
        {
            await place.WriteTextAsync(name, text, cancellationToken);
            return null;
        }
        catch (RefusalException refused)
        {
            return refused.Refusal;
        }
    }
}
