namespace ImageToText.Captioning.Weights;

/// <summary>
/// A checkpoint whose tensors a graph can read in place: the checkpoint itself, or a copy in a cache folder with adapters merged
/// and views of other tensors written in row order. Only one tensor at a time is in memory.
/// </summary>
internal static class SettledCheckpoint
{
    // Part of the name, so that another method makes new files.
    private const string Method = "v1";

    /// <summary>Returns the checkpoint to run.</summary>
    /// <param name="checkpoint">The model's tensors.</param>
    /// <param name="isUsed">Whether a graph reads a tensor.</param>
    /// <param name="revision">The model's revision.</param>
    /// <param name="cacheFolder">The folder for copies.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left behind.</param>
    /// <exception cref="ModelFormatException">A copy can't be written.</exception>
    public static Checkpoint Of(
        Checkpoint checkpoint,
        Func<TensorEntry, bool> isUsed,
        string revision,
        string cacheFolder,
        CancellationToken cancellationToken
    ) =>
        checkpoint.FloatingPoint.Where(isUsed).All(checkpoint.LiesAsItIs)
            ? checkpoint
            : CachedSafetensors.GetOrCreate(
                Path.Combine(cacheFolder, "merged", $"{revision}-{Method}.safetensors"),
                "merged weights",
                writer =>
                {
                    foreach (var tensor in checkpoint.FloatingPoint.Where(isUsed))
                    {
                        writer.AddCopy(tensor);
                    }
                },
                cancellationToken
            );
}
