using System.Text;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Batches;

/// <summary>Writes the error file of a batch none of whose lines can be run. It names each of them.</summary>
internal sealed class FaultFile(FileShelf shelf, TimeProvider time)
{
    private const int LinesAtOnce = 1024;

    /// <summary>Writes it.</summary>
    /// <param name="job">The batch.</param>
    /// <param name="input">Its lines.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The file's id.</returns>
    public async Task<string> WriteAsync(Job job, StoredFile input, CancellationToken cancellationToken)
    {
        string id = JobResultFiles.IdOf(job, JobResultFiles.Errors);
        long bytes = 0;
        await using var lines = await shelf.OpenAsync(input.FileId, cancellationToken);
        await shelf.WriteAsync(
            id,
            async stream =>
            {
                for (int first = 0; first < input.Lines; first += LinesAtOnce)
                {
                    var places = await shelf.PlacesAsync(input.FileId, first, LinesAtOnce, cancellationToken);
                    for (int i = 0; i < places.Length; i++)
                    {
                        RequestLine.Read(await places[i].ReadAsync(lines, cancellationToken), out var asked);
                        string result = ResultLines.Of(job, first + i, asked, LineAnswer.Of(places[i].Fault, places[i].Number));
                        byte[] line = Encoding.UTF8.GetBytes(result + "\n");
                        await stream.WriteAsync(line, cancellationToken);
                        bytes += line.Length;
                    }
                }

                await stream.FlushAsync(cancellationToken);
            },
            cancellationToken
        );
        long now = time.GetUtcNow().ToUnixTimeSeconds();
        await shelf.AddAsync(JobResultFiles.Of(job, JobResultFiles.Errors, input.Account, bytes, input.Lines, now), cancellationToken);
        return id;
    }
}
