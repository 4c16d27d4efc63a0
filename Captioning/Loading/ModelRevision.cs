using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using ImageToText.Captioning.Weights;

namespace ImageToText.Captioning.Loading;

/// <summary>Identifies the content of a model folder: the same revision gives the same captions.</summary>
internal static class ModelRevision
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Computes the revision.</summary>
    /// <returns>SHA-256 in lower-case hex of the files' names and hashes.</returns>
    public static async Task<string> ComputeAsync(ModelFolder folder, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // First what decides pixels, tokens and defaults, then the weights.
        foreach (string? file in folder.SmallFiles.Concat(checkpoint.Files))
        {
            string hash = ContentAddress(file) ?? await HashAsync(file, cancellationToken).ConfigureAwait(false);
            all.AppendData(Encoding.UTF8.GetBytes($"{(checkpoint.Files.Contains(file) ? "weights" : Path.GetFileName(file))} {hash}\n"));
        }

        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    // The Hugging Face cache names a large file's blob by its SHA-256, checked when it was downloaded.
    private static string? ContentAddress(string realPath)
    {
        string name = Path.GetFileName(realPath);
        return name.Length == 64 && name.All(char.IsAsciiHexDigitLower) ? name : null;
    }

    private static async Task<string> HashAsync(string file, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var stream = new FileStream(
            file,
            FileMode.Open,
            FileAccess.Read,
            FileShare.Read,
            0,
            FileOptions.SequentialScan | FileOptions.Asynchronous
        );
        await using var _ = stream.ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(buffer.AsSpan(0, read));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
