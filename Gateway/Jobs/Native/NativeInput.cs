using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Running;
using ImageToText.Gateway.Jobs.Storage.Rows;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>
/// Writes the input files of our own jobs. They are made of lines like those of a batch, so that everything after that is the same.
/// </summary>
internal sealed class NativeInput(FileKeep keep, FileQuota quota, FileShelf shelf, IOptions<JobOptions> options)
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Writes the file of a job.</summary>
    public Task<StoredFile> WriteAsync(KeyGrant caller, NativeJob job, CancellationToken cancellationToken) =>
        KeepAsync(caller, LinesOf(job, cancellationToken), cancellationToken);

    /// <summary>Writes the file of a job with some lines of another's.</summary>
    /// <param name="caller">The key that owns both.</param>
    /// <param name="before">The other job.</param>
    /// <param name="skipped">The lines that are left out.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public Task<StoredFile> WriteAsync(KeyGrant caller, Job before, HashSet<int> skipped, CancellationToken cancellationToken) =>
        KeepAsync(caller, LinesOf(before, skipped, cancellationToken), cancellationToken);

    private async Task<StoredFile> KeepAsync(
        KeyGrant caller,
        IAsyncEnumerable<ReadOnlyMemory<byte>> lines,
        CancellationToken cancellationToken
    )
    {
        // The number of pictures is limited instead of the bytes of the file.
        var room = await quota.RoomOfAsync(caller, most: null, cancellationToken);
        var file = new StoredFile
        {
            FileId = "file-" + Guid.CreateVersion7().ToString("N"),
            KeyId = caller.KeyId,
            Account = caller.Account,
            Purpose = "job",
            FileName = "job.jsonl",
        };
        bool isKept = false;
        try
        {
            await keep.WriteAsync(file, lines, room, options.Value.MaxPictures, cancellationToken);
            await quota.AddAsync(file, cancellationToken);
            isKept = true;
            return file;
        }
        finally
        {
            if (!isKept)
            {
                await shelf.DropAsync(file.FileId, CancellationToken.None);
            }
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesOf(
        NativeJob job,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var piece = new ArrayBufferWriter<byte>(PieceBytes);
        int index = 0;
        await foreach (var picture in job.Pictures.WithCancellation(cancellationToken))
        {
            WriteLine(piece, job, picture, index++);
            if (piece.WrittenCount >= PieceBytes)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return piece.WrittenMemory;
                piece.ResetWrittenCount();
            }
        }

        yield return piece.WrittenMemory;
    }

    private static void WriteLine(ArrayBufferWriter<byte> piece, NativeJob job, NativePicture picture, int index)
    {
        using (var line = new Utf8JsonWriter(piece))
        {
            line.WriteStartObject();
            line.WriteString("custom_id", index.ToString(CultureInfo.InvariantCulture));
            line.WriteString("method", "POST");
            line.WriteString("url", LineEndpoints.Native);
            line.WriteString("picture", picture.Name);
            if (picture.Sidecar is { } sidecar)
            {
                line.WriteString("sidecar", sidecar);
            }

            line.WriteStartObject("body");
            line.WriteString("image", picture.Name);
            foreach (var (name, value) in job.Options)
            {
                line.WritePropertyName(name);
                value.WriteTo(line);
            }

            line.WriteEndObject();
            line.WriteEndObject();
        }

        piece.Write("\n"u8);
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> LinesOf(
        Job before,
        HashSet<int> skipped,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var input = await shelf.OpenAsync(before.InputFileId, cancellationToken);
        var places = await shelf.PlacesAsync(before.InputFileId, 0, before.Total, cancellationToken);
        for (int index = 0; index < places.Length; index++)
        {
            if (!skipped.Contains(index))
            {
                byte[] line = new byte[places[index].Length + 1];
                await places[index].ReadAsync(input, line, cancellationToken);
                line[^1] = (byte)'\n';
                yield return line;
            }
        }
    }
}
