using Microsoft.EntityFrameworkCore;

namespace ImageToText.Gateway.Jobs.Storage;

/// <summary>
/// Holds a file's row until the transaction ends. Whoever starts a job with a file and whoever removes it come one after the other, so
/// that no job is left without its input.
/// </summary>
internal static class FileHold
{
    /// <summary>Holds it; false: there is no such file.</summary>
    public static async Task<bool> HoldFileAsync(this JobDb db, string fileId, CancellationToken cancellationToken) =>
        await db
            .Files.Where(row => row.FileId == fileId)
            .ExecuteUpdateAsync(row => row.SetProperty(static file => file.Lines, static file => file.Lines), cancellationToken) > 0;
}
