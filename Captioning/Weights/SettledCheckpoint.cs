namespace ImageToText.Captioning.Weights;

/// <summary>
/// A checkpoint whose tensors a graph can read where they lie: itself, or a copy in a cache folder in which adapters are merged and
/// views of other tensors are put into rows. One tensor at a time is in memory.
/// </summary>
internal static class SettledCheckpoint
{
    // Part of the name: a change of the method makes new files.
    private const string Method = "v1";

    /// <summary>Gives the checkpoint to run.</summary>
    /// <param name="checkpoint">The model's tensors.</param>
    /// <param name="isUsed">Whether a graph reads a tensor.</param>
    /// <param name="revision">The model's revision.</param>
    /// <param name="cacheFolder">Where a copy is kept.</param>
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
