using System.IO.Pipelines;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake.Buckets;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage.Rows;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>Writes the results of a job into an object of its bucket: captions first, then failures, as JSON lines.</summary>
internal sealed class BucketResults(OpenBuckets buckets, FileShelf shelf, ItemWait wait, TimeProvider time)
{
    // After that the job ends without the object. The results can be fetched from the gateway.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    private readonly EndlessRetry _retry = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), time);

    /// <summary>Writes them, if the job asks for it. A bucket that can't be reached is waited for, and the job says so.</summary>
    /// <param name="job">The job.</param>
    /// <param name="files">The result files, in their order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Why they are not written; null: they are, or the job does not ask for it.</returns>
    public async Task<string?> WriteAsync(Job job, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        if (NativeAsk.Of(job) is not { Bucket: { } bucket, ResultsKey: { } key })
        {
            return null;
        }

        long began = time.GetTimestamp();
        try
        {
            await _retry.UntilDoneAsync(
                async stop =>
                {
                    try
                    {
                        await CopyAsync($"{bucket}/{key}", files, stop);
                    }
                    catch (RefusalException refused) when (Passes(refused))
                    {
                        await wait.BeginAsync(job.JobId, refused.Refusal.Code, stop);
                        throw;
                    }
                },
                Passes,
                static (_, _) => { },
                cancellationToken
            );
            return null;
        }
        catch (RefusalException refused)
        {
            return refused.Message;
        }

        bool Passes(Exception failure) =>
            failure is RefusalException { Refusal.Code: var code } && Refusals.IsOfPlace(code) && time.GetElapsedTime(began) < Patience;
    }

    private async Task CopyAsync(string name, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        var pipe = new Pipe();
        var reading = FillAsync(pipe.Writer, files, cancellationToken);
        try
        {
            await using var lines = pipe.Reader.AsStream();
            await buckets.WriteAsync(name, "application/jsonl", lines, cancellationToken);
        }
        finally
        {
            // The files are closed before they are read again. A failure to read them has reached whoever read the pipe.
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FillAsync(PipeWriter pipe, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        Exception? failure = null;
        try
        {
            foreach (string file in files)
            {
                await using var lines = await shelf.OpenAsync(file, cancellationToken);
                await lines.CopyToAsync(pipe, cancellationToken);
            }
        }
        catch (Exception failed)
        {
            failure = failed;
            throw;
        }
        finally
        {
            // Whoever reads the pipe must not take half of the lines for all of them.
            await pipe.CompleteAsync(failure);
        }
    }
}
