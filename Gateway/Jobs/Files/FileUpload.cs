using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using ImageToText.Contracts.Accounts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.Gateway.Pipeline;
using ImageToText.ServiceDefaults.Files;
using ImageToText.ServiceDefaults.Forms;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>Takes an uploaded file to disk as it arrives.</summary>
internal sealed class FileUpload(
    FileShelf shelf,
    FileKeep keep,
    FileQuota quota,
    StartOnce once,
    IOptions<JobOptions> options,
    IOptions<IntakeOptions> intake,
    TimeProvider time
)
{
    private const int BufferSize = 64 * 1024;
    private const int MaxFieldBytes = 4 * 1024;
    private const int MaxFields = 16;
    private const string Prefix = "file-";
    private const string Expiry = "expires_after";

    // Around the file there are the form's other fields and the headers of its parts.
    private const int FormBytes = 64 * 1024;

    /// <summary>Reads the form of an upload and keeps its file.</summary>
    /// <exception cref="RefusalException">400, 408, 413, 415 or 507: the file can't be taken.</exception>
    public async Task<StoredFile> TakeAsync(HttpRequest request, KeyGrant caller)
    {
        var cancelled = request.HttpContext.RequestAborted;
        string boundary = PictureIntake.BoundaryOf(request);
        string bare = JobIds.NewBare();
        string id = Prefix + bare;
        // Taken as the bytes pass, so that a file that is sent again is known by what it holds.
        using var hash = IdempotencyKey.Read(request) is null ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        // Such a file may be there already and take no more room, so the quota counts only once that is known.
        var room = hash is null
            ? await quota.RoomOfAsync(caller, options.Value.MaxFileBytes, cancelled)
            : FileRoom.Of(options.Value.MaxFileBytes);
        string? purpose = null;
        StoredFile? file = null;
        bool isKept = false;
        try
        {
            await using var upload = new UploadStream(request, options.Value.MaxFileBytes + FormBytes, intake.Value, time, isFile: true);
            var reader = new MultipartReader(boundary, upload, BufferSize);
            int fields = 0;
            while (await reader.ReadNextSectionAsync(cancelled) is { } section)
            {
                var (name, fileName) = NamesOf(section);
                if (++fields > MaxFields)
                {
                    throw Refusals.BadRequest("The form has too many fields: send 'file' and 'purpose'.");
                }

                if (name.StartsWith(Expiry, StringComparison.Ordinal))
                {
                    throw Refusals.NoExpiry(Expiry);
                }

                if (name != "file")
                {
                    string? text = await FormText.ReadAsync(section.Body, MaxFieldBytes, cancelled);
                    purpose = name == "purpose" ? text : purpose;
                }
                else if (file is not null)
                {
                    throw Refusals.BadRequest("More than one file was sent: send each in its own request.", "file");
                }
                else
                {
                    file = await KeepAsync(section.Body, id, caller, fileName, room, hash, cancelled);
                }
            }

            if (file is null)
            {
                throw Refusals.BadRequest("The form holds no file: send it in 'file'.", "file");
            }

            if (purpose != "batch")
            {
                throw Refusals.BadRequest("'purpose' must be batch: other files have no use here.", "purpose");
            }

            if (file.Lines == 0)
            {
                throw Refusals.BadRequest("The file is empty: write one request on each line.", "file");
            }

            return await once.RunAsync(
                request.HttpContext,
                bare,
                caller,
                () => $"{file.FileName}\n{Convert.ToHexStringLower(hash!.GetHashAndReset())}",
                before => shelf.FindAsync(caller.KeyId, Prefix + before, cancelled),
                async _ =>
                {
                    await quota.AddAsync(file, cancelled);
                    isKept = true;
                    return file;
                },
                static kept => kept.FileId[Prefix.Length..]
            );
        }
        catch (InvalidDataException bad)
        {
            throw Refusals.BadRequest("The multipart body can't be read: " + bad.Message, inner: bad);
        }
        catch (IOException failure) when (FullDisk.Explains(failure))
        {
            throw Refusals.DiskFull(failure);
        }
        catch (IOException torn)
        {
            throw Refusals.BadRequest("The multipart body ends before its closing boundary. Send it whole.", inner: torn);
        }
        finally
        {
            if (!isKept)
            {
                await shelf.DropAsync(id, CancellationToken.None);
            }
        }
    }

    private static (string Name, string FileName) NamesOf(MultipartSection section) =>
        ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) && disposition.Name.Length > 0
            ? (
                HeaderUtilities.RemoveQuotes(disposition.Name).ToString(),
                HeaderUtilities
                    .RemoveQuotes(disposition.FileNameStar.Length > 0 ? disposition.FileNameStar : disposition.FileName)
                    .ToString()
            )
            : throw Refusals.BadRequest("A part of the form has no name: each needs Content-Disposition: form-data; name=\"…\".");

    private Task<StoredFile> KeepAsync(
        Stream body,
        string id,
        KeyGrant caller,
        string fileName,
        FileRoom room,
        IncrementalHash? hash,
        CancellationToken cancellationToken
    ) =>
        keep.WriteAsync(
            new StoredFile
            {
                FileId = id,
                KeyId = caller.KeyId,
                Account = caller.Account,
                Purpose = "batch",
                FileName = fileName.Length is > 0 and <= 255 ? fileName : "batch.jsonl",
            },
            PiecesOf(body, hash, cancellationToken),
            room,
            options.Value.MaxFileLines,
            cancellationToken
        );

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> PiecesOf(
        Stream body,
        IncrementalHash? hash,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, cancellationToken)) > 0)
            {
                hash?.AppendData(buffer, 0, read);
                yield return buffer.AsMemory(0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
