using ImageToText.Captioning.Weights.Quantization;

namespace ImageToText.Captioning.Weights;

/// <summary>
/// Safetensors files made from a checkpoint and kept in a cache folder. Each is made once; a checkpoint that changes gets a new
/// file, and the model's own folder is never written to.
/// </summary>
internal static class CachedSafetensors
{
    /// <summary>Opens a cached file, and makes it first if it is missing.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="what">What it holds, for error messages.</param>
    /// <param name="describe">Adds the tensors.</param>
    /// <param name="cancellationToken">Stops the work; nothing is left behind.</param>
    /// <param name="progress">Told how many hundredths are written.</param>
    /// <exception cref="ModelFormatException">It can't be written.</exception>
    public static Checkpoint GetOrCreate(
        string path,
        string what,
        Action<SafetensorsWriter> describe,
        CancellationToken cancellationToken,
        Action<int>? progress = null
    )
    {
        path = Path.GetFullPath(path);
        if (!File.Exists(path))
        {
            Create(path, what, describe, progress, cancellationToken);
        }

        return Checkpoint.FromFiles([Checkpoint.RealPath(path)]);
    }

    private static void Create(
        string path,
        string what,
        Action<SafetensorsWriter> describe,
        Action<int>? progress,
        CancellationToken cancellationToken
    )
    {
        // Two processes may make the same file. Each writes its own, and the last to finish wins with equal bytes.
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var writer = new SafetensorsWriter(temporary))
            {
                describe(writer);
                writer.WriteAll(progress, cancellationToken);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ModelFormatException(
                $"The {what} could not be written to {path} ({exception.Message}): make room there, let this user write there, or name "
                    + "another folder (Inference:CacheFolder; in the library, CaptionerOptions.CacheFolder).",
                exception
            );
        }
        finally
        {
            Remove(temporary);
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What went wrong before it is what its user has to know.
        }
    }
}
