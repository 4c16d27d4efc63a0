using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>Tells how far a job is whenever that has changed, until the job ends.</summary>
internal sealed class NativeEvents(NativeJobs jobs, JobReport report, TimeProvider time)
{
    // Only while somebody listens. Any gateway may end an item, and a bar that moves once a second looks alive.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // Proxies close connections on which nothing comes.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    /// <summary>Writes the events.</summary>
    public Task WriteAsync(HttpContext http, string id, KeyGrant caller) =>
        AnswerEvents.WriteAsync(
            http,
            EventsAsync(id, caller, http.RequestAborted),
            refusal => AnswerEvents.Of(NativeDialect.ErrorOf(refusal, ""), PlainJson.Gateway.ErrorBody, JobStream.ErrorEvent)
        );

    private async IAsyncEnumerable<SseItem<byte[]>> EventsAsync(
        string id,
        KeyGrant caller,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        (string, JobCounts, JobPause?)? told = null;
        long toldAt = 0;
        JobInfo? info = null;
        while (true)
        {
            try
            {
                var job = await jobs.FindAsync(id, caller, cancellationToken);
                info = await report.OfAsync(job, forOperators: false, cancellationToken);
            }
            catch (RefusalException away) when (info is not null && away.Refusal.Code == ErrorCodeTable.JobsUnavailable.Code)
            {
                // The store starts again, as PostgreSQL does for an update. Until then, what was told last holds.
            }

            if (info!.EndedAt is not null)
            {
                yield return AnswerEvents.Of(info, PlainJson.Gateway.JobInfo, JobStream.EndEvent);
                yield break;
            }

            var tells = (info.Status, info.Pictures, info.Pause);
            if (told != tells || time.GetElapsedTime(toldAt) >= Longest)
            {
                yield return AnswerEvents.Of(info, PlainJson.Gateway.JobInfo, JobStream.ProgressEvent);
                told = tells;
                toldAt = time.GetTimestamp();
            }

            await Task.Delay(Look, time, cancellationToken);
        }
    }
}
