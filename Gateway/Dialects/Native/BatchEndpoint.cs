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
        authorizer.AdmitMore(caller, form.Pictures.Count - 1);

        var entries = new BatchEntry[form.Pictures.Count];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, entries.Length),
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = http.RequestAborted },
            async (index, cancellationToken) =>
            {
                var admitted = new Admitted($"{requestId}-{index}", caller, at);
                entries[index] = await CaptionAsync(http, admitted, fields, index, form.Pictures[index], cancellationToken);
            }
        );
        decimal cost = entries.Sum(static entry => entry.CostUsd);
        http.Response.Headers[AnswerHeaders.Cost] = AnswerHeaders.CostText(cost);
        await http.Response.WriteAsJsonAsync(
            new BatchAnswer(entries, cost),
            GatewayApiJson.Default.BatchAnswer,
            cancellationToken: http.RequestAborted
        );
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
            var request = fields.Compose(http, admitted, picture) with { Stream = false };
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
