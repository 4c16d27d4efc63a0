using System.IO.Pipelines;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake.Buckets;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>What became of the results of a job in its bucket.</summary>
/// <param name="Fault">Why they aren't written; null: they are, or the job does not ask for it.</param>
/// <param name="Pause">How long to wait before they are tried again; null: they aren't.</param>
internal readonly record struct BucketEnd(string? Fault = null, TimeSpan? Pause = null);

/// <summary>Writes the results of a job into an object of its bucket: captions first, then failures, as JSON lines.</summary>
internal sealed class BucketResults(OpenBuckets buckets, FileShelf shelf, ItemWait wait, TimeProvider time)
{
    // After that the job ends without the object. The results can be fetched from the gateway.
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <summary>Writes them, if the job asks for it. If the bucket can't be used at present, the job says that it waits for it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="files">The result files, in their order.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<BucketEnd> WriteAsync(Job job, IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        if (NativeAsk.Of(job) is not { Bucket: { } bucket, ResultsKey: { } key })
        {
            return default;
        }

        try
        {
            await CopyAsync($"{bucket}/{key}", files, cancellationToken);
            return default;
        }
        catch (RefusalException refused) when (Passes(job, refused))
        {
            var (paused, _) = await wait.BeginAsync(job.JobId, refused.Refusal.Code, cancellationToken);
            return new BucketEnd(Pause: wait.PauseOf(paused));
        }
        catch (RefusalException refused)
        {
            return new BucketEnd(refused.Message);
        }
    }

    private bool Passes(Job job, RefusalException refused) =>
        Refusals.IsOfPlace(refused.Refusal.Code) && time.GetUtcNow() - DateTimeOffset.FromUnixTimeSeconds(job.FinalizingAt ?? 0) < Patience;

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
