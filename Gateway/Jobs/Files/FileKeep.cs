using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>Writes a file of requests piece by piece, within what its key's files may take.</summary>
internal sealed class FileKeep(FileShelf shelf, IOptions<IntakeOptions> intake, TimeProvider time)
{
    /// <summary>Writes a file. Its row is not added yet.</summary>
    /// <param name="file">The file: its id, key, purpose and name.</param>
    /// <param name="pieces">Its bytes.</param>
    /// <param name="room">How many there may be.</param>
    /// <param name="mostLines">How many lines there may be.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The file with all that is known of it now.</returns>
    /// <exception cref="RefusalException">413: it has too many bytes or lines.</exception>
    public async Task<StoredFile> WriteAsync(
        StoredFile file,
        IAsyncEnumerable<ReadOnlyMemory<byte>> pieces,
        FileRoom room,
        int mostLines,
        CancellationToken cancellationToken
    )
    {
        await shelf.WriteAsync(
            file.FileId,
            async (bytes, index) =>
            {
                using var check = new LineCheck(bytes, index, mostLines, (int)Math.Min(intake.Value.MaxBodyBytes, Array.MaxLength / 2));
                await foreach (var piece in pieces.WithCancellation(cancellationToken))
                {
                    if (check.Bytes + piece.Length > room.Bytes)
                    {
                        throw new RefusalException(room.Beyond);
                    }

                    await check.AddAsync(piece, cancellationToken);
                }

                check.Complete();
                file.Bytes = check.Bytes;
                file.Lines = check.Lines;
                file.FaultyLines = check.Faulty;
                file.StatusDetails = check.Details;
            },
            cancellationToken
        );
        file.CreatedAt = time.GetUtcNow().ToUnixTimeSeconds();
        return file;
    }
}
