using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// Writes an item's caption into a text file beside its picture. The caption is paid, so an item whose file can't be written keeps its
/// price. A retry finds the caption in the cache.
/// </summary>
internal sealed class ItemFile(JobPictures pictures, ItemWait wait)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Writes it. A place that can't be reached is waited for while the job goes on.</summary>
    /// <param name="job">The job.</param>
    /// <param name="name">The file's name.</param>
    /// <param name="answer">The answer with the caption.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The answer; or why there is no file.</returns>
    public async Task<LineAnswer> WriteAsync(Job job, string name, LineAnswer answer, CancellationToken cancellationToken)
    {
        if (pictures.Of(job) is not { } place)
        {
            return answer;
        }

        string text = answer.Body.GetProperty("text").GetString()!;
        bool hasWaited = false;
        while (true)
        {
            try
            {
                await place.WriteTextAsync(name, text, cancellationToken);
                if (hasWaited)
                {
                    await wait.OverAsync(job.JobId, cancellationToken);
                }

                return answer;
            }
            catch (RefusalException refused)
            {
                var refusal = refused.Refusal;
                if (
                    refusal.Code != ErrorCodeTable.BucketUnavailable.Code
                    || !await wait.BucketPassesAsync(job.JobId, refusal.RetryAfter ?? Pause, cancellationToken)
                )
                {
                    return LineAnswer.Of(refusal) with { CostUsd = answer.CostUsd };
                }

                hasWaited = true;
            }
        }
    }
}
