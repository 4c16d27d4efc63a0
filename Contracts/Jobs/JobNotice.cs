namespace ImageToText.Contracts.Jobs;

/// <summary>Body of the webhook about a job that has ended.</summary>
/// <param name="Id">The notice's id: the same however often it is sent.</param>
/// <param name="Type"><c>job.completed</c>, <c>job.cancelled</c> or <c>job.expired</c>.</param>
/// <param name="At">When the job ended.</param>
/// <param name="Job">The job.</param>
public sealed record JobNotice(string Id, string Type, DateTimeOffset At, JobInfo Job);
