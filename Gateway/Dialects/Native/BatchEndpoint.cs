using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ImageToText.Contracts;
using ImageToText.Gateway.Admission;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Intake.RemotePictures;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>
/// POST /image-to-text/batch: many pictures in one form, with options for all. Each is captioned, priced, charged and refused
/// individually, so a damaged one costs the others nothing.
/// </summary>
internal sealed class BatchEndpoint(
    CaptionEndpoint endpoint,
    RequestAuthorizer authorizer,
    PictureIntake intake,
    RemotePictureReader remote,
    CaptionPipeline pipeline,
    NativeDialect dialect,
    RecentErrors errors,
    TimeProvider time
)
{
    // How many captions of one batch run at a time; the nodes are there for everyone.
    private const int AtOnce = 16;

    /// <summary>Handles a batch.</summary>
    public Task HandleAsync(HttpContext http) => endpoint.GuardAsync(http, dialect, requestId => HandleAsync(http, requestId));

    private static bool IsPicture(string name) => name is "image" or "images" or "images[]" or "image[]";

    private async Task HandleAsync(HttpContext http, string requestId)
    {
        long at = time.GetTimestamp();
        var caller = await authorizer.AdmitAsync(http);
        using var form = await intake.ReadFormAsync(http.Request, IsPicture, batch: true);
        if (form.Pictures.Count == 0)
        {
            throw Refusals.MissingPicture("images");
        }

        // Invalid options are invalid for all pictures.
        var fields = NativeFields.Read(form.Fields.GetValueOrDefault);
        await authorizer.AdmitMoreAsync(http, caller, form.Pictures.Count - 1);

        var entries = EntriesAsync(
            form.Pictures.Count,
            (index, cancellationToken) =>
                CaptionAsync(
                    http,
                    new Admitted($"{requestId}-{index}", caller, at),
                    fields,
                    index,
                    form.Pictures[index],
                    cancellationToken
                ),
            http.RequestAborted
        );
        await BatchAnswers.WriteAsync(http, entries);
    }

    // Each as soon as it is done. Whoever stops reading early waits until nothing uses the form's pictures any more.
    private static async IAsyncEnumerable<BatchEntry> EntriesAsync(
        int count,
        Func<int, CancellationToken, Task<BatchEntry>> caption,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var stops = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var done = Channel.CreateUnbounded<BatchEntry>(new UnboundedChannelOptions { SingleReader = true });
        var work = RunAsync();
        try
        {
            await foreach (var entry in done.Reader.ReadAllAsync(cancellationToken))
            {
                yield return entry;
            }
        }
        finally
        {
            await stops.CancelAsync();
            await work;
        }

        async Task RunAsync()
        {
            try
            {
                await Parallel.ForEachAsync(
                    Enumerable.Range(0, count),
                    new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stops.Token },
                    async (index, token) => done.Writer.TryWrite(await caption(index, token))
                );
                done.Writer.Complete();
            }
#pragma warning disable CA1031 // The reader gets it, and whoever has stopped reading needs no more.
            catch (Exception failure)
            {
                done.Writer.Complete(failure);
            }
#pragma warning restore CA1031
        }
    }

    private async Task<BatchEntry> CaptionAsync(
        HttpContext http,
        Admitted admitted,
        NativeFields fields,
        int index,
        UploadedPicture uploaded,
        CancellationToken cancellationToken
    )
    {
        string? shownName = uploaded.Name.Length > 0 ? uploaded.Name : uploaded.Address?.AbsoluteUri;
        try
        {
            using var fetched = uploaded.Address is { } address ? await remote.ReadAsync(address, cancellationToken) : null;
            var picture = fetched ?? uploaded.Picture ?? throw new RefusalException(uploaded.Refusal!);
            var request = fields.Compose(http, admitted, picture) with
            {
                Stream = false,
                Idempotency = IdempotencyKey.Read(http.Request, index),
            };
            var answer = await pipeline.CaptionAsync(request, cancellationToken);
            return new BatchEntry(
                index,
                shownName,
                admitted.RequestId,
                NativeDialect.Shown(answer.Whole!, answer, request),
                null,
                StatusCodes.Status200OK,
                answer.Charge.CostUsd,
                answer.CacheWord,
                answer.Charge.NodeId
            );
        }
        catch (RefusalException refused)
        {
            errors.Refused(refused, admitted.RequestId);
            return new BatchEntry(
                index,
                shownName,
                admitted.RequestId,
                null,
                NativeDialect.ErrorOf(refused.Refusal, admitted.RequestId).Error,
                refused.Refusal.Status,
                0,
                null,
                null
            );
        }
    }
}
