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

    /// <summary>The line of an item whose text file could not be written before the job ended. Its caption is charged.</summary>
    public static string Unwritten(JobItem item)
    {
        var kind = ErrorCodeTable.All.First(kind => kind.Code == item.Code);
        return Write(
            ResultOf(item) with
            {
                Status = kind.Status,
                Result = null,
                Error = new ErrorDetail($"The job ended before the text file could be written. {kind.Meaning} Retry the job.", kind.Code),
            }
        );
    }

    /// <summary>What the line of an item of one of our own jobs says.</summary>
    public static JobResult ResultOf(JobItem item) => JsonSerializer.Deserialize(item.Line, PlainJson.Gateway.JobResult)!;

    private static string Write(ResultLine line) => JsonSerializer.Serialize(line, JobJson.Default.ResultLine);

    private static string Write(JobResult line) => JsonSerializer.Serialize(line, PlainJson.Gateway.JobResult);
}
