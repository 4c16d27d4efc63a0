using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Dialects;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Storage.Rows;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>The lines of result files: OpenAI's for batches, a <see cref="JobResult"/> for our own jobs.</summary>
internal static class ResultLines
{
    /// <summary>The line of an item that was tried.</summary>
    public static string Of(Job job, int index, RequestLine asked, LineAnswer answer)
    {
        string requestId = ItemRun.RequestIdOf(job.JobId, index);
        return JobIds.IsNative(job.JobId)
            ? Write(
                new JobResult(
                    index,
                    asked.Picture ?? "",
                    requestId,
                    answer.Status,
                    answer.Succeeded ? answer.Body.Deserialize(PlainJson.Gateway.CaptionResponse) : null,
                    answer.Succeeded ? null : answer.Body.Deserialize(PlainJson.Gateway.ErrorBody)?.Error,
                    answer.CostUsd
                )
            )
            : Write(
                new ResultLine("batch_req_" + requestId, asked.CustomId, new ResultResponse(answer.Status, requestId, answer.Body), null)
            );
    }

    /// <summary>The line of an item that was not tried before the job's time was over.</summary>
    public static string Expired(Job job, int index, int lineNumber, RequestLine asked)
    {
        string requestId = ItemRun.RequestIdOf(job.JobId, index);
        return JobIds.IsNative(job.JobId)
            ? Write(
                new JobResult(
                    index,
                    asked.Picture ?? "",
                    requestId,
                    0,
                    null,
                    new ErrorDetail("The job's time was over before this picture was tried: retry the job.", "job_expired"),
                    0
                )
            )
            : Write(
                new ResultLine(
                    "batch_req_" + requestId,
                    asked.CustomId,
                    null,
                    new ResultError("batch_expired", "The batch's time was over before this request was tried.", lineNumber)
                )
            );
    }

    private static string Write(ResultLine line) => JsonSerializer.Serialize(line, JobJson.Default.ResultLine);

    private static string Write(JobResult line) => JsonSerializer.Serialize(line, PlainJson.Gateway.JobResult);
}
