using System.ComponentModel;
using ImageToText.Contracts.Jobs;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.Gateway.Jobs.Native;

/// <summary>The routes of our own jobs.</summary>
internal static class NativeJobEndpoints
{
    private const string NoJob = "The API key has no job with this id.";
    private const string Unended = "The job has not ended.";
    private const string SameKey = "A request with the same Idempotency-Key is still under way.";
    private const string DiskFull = "The disk is full.";
    private const string TooManyToList = "Listing the pictures took too long.";

    public static void MapNativeJobs(this IEndpointRouteBuilder routes)
    {
        var jobs = routes.MapGroup("/jobs").WithTags("Jobs").AddEndpointFilter<JobOwnerFilter>();
        jobs.MapPost("", StartAsync).WithName("startJob").Admit(Audience.Counted, LongCall, Refusals.ListingTooLong);
        jobs.MapPost("/quote", QuoteAsync).WithName("quoteJob").Admit(Audience.Counted, LongCall, Refusals.ListingTooLong);
        jobs.MapGet("", ListAsync).WithName("jobs").Admit(Audience.Known);
        jobs.MapGet("/{id}", GetAsync).WithName("job").Admit(Audience.Known);
        jobs.MapDelete("/{id}", RemoveAsync).WithName("deleteJob").Admit(Audience.Known);
        jobs.MapGet("/{id}/results", ResultsAsync).WithName("jobResults").Admit(Audience.Known, Endless).Produces<JobResult>();
        jobs.MapGet("/{id}/events", EventsAsync).WithName("jobEvents").Admit(Audience.Known, Endless).Produces<JobInfo>();
        jobs.MapPost("/{id}/cancel", CancelAsync).WithName("cancelJob").Admit(Audience.Known);
        jobs.MapPost("/{id}/retry", RetryAsync).WithName("retryJob").Admit(Audience.Counted, LongCall);
    }

    // A folder may hold a million pictures.
    private static TimeSpan LongCall => TimeSpan.FromMinutes(10);

    private static TimeSpan Endless => Timeout.InfiniteTimeSpan;

    /// <summary>Start a job.</summary>
    /// <remarks>
    /// Captions many pictures in the background, each as a single request would be, with its price and its budget. The pictures are
    /// web addresses of the allowed hosts, the files of a folder or the objects of a bucket (S3) that the operator opened. A picture that
    /// can't be captioned fails by itself. If the budget is spent, the job pauses, says so in 'pause', and goes on when there is budget
    /// again.
    /// </remarks>
    [Reads(typeof(JobBody), "application/json")]
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be read, or names no pictures.")]
    [Refuses(StatusCodes.Status402PaymentRequired, "It may cost more than max_cost_usd.")]
    [Refuses(StatusCodes.Status403Forbidden, "The API key lacks the scope caption.")]
    [Refuses(StatusCodes.Status404NotFound, "The folder or bucket is not open, or not there.")]
    [Refuses(StatusCodes.Status409Conflict, SameKey)]
    [Refuses(StatusCodes.Status413PayloadTooLarge, "There are too many pictures, or the API key's files take too much.")]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, "The body is not JSON.")]
    [Refuses(StatusCodes.Status422UnprocessableEntity, "An option is out of range.")]
    [Refuses(StatusCodes.Status429TooManyRequests, "Too many requests with this key.")]
    [Refuses(StatusCodes.Status503ServiceUnavailable, "The bucket can't be reached or refuses, or the store of jobs can't be reached.")]
    [Refuses(StatusCodes.Status504GatewayTimeout, TooManyToList)]
    [Refuses(StatusCodes.Status507InsufficientStorage, DiskFull)]
    internal static async Task<Accepted<JobInfo>> StartAsync(HttpContext http, NativeJobs jobs, JobReport report)
    {
        var job = await jobs.StartAsync(http.Request, http.Caller(), http.RequestAborted);
        // It is started, so nobody may be told any more that its listing took too long.
        return TypedResults.Accepted($"/jobs/{job.JobId}", await report.OfNewAsync(job));
    }

    /// <summary>Quote a job.</summary>
    /// <remarks>
    /// Says what a job with this body will cost, and starts none. The pictures' headers decide. Where they aren't read, as at web
    /// addresses, a picture counts as the largest that is taken; 'bounded' says how many do.
    /// </remarks>
    [Reads(typeof(JobBody), "application/json")]
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be read, or names no pictures.")]
    [Refuses(StatusCodes.Status402PaymentRequired, "Every picture is dearer than its price cap.")]
    [Refuses(StatusCodes.Status403Forbidden, "The API key lacks the scope caption.")]
    [Refuses(StatusCodes.Status404NotFound, "The folder or bucket is not open, or not there.")]
    [Refuses(StatusCodes.Status413PayloadTooLarge, "There are too many pictures.")]
    [Refuses(StatusCodes.Status415UnsupportedMediaType, "The body is not JSON.")]
    [Refuses(StatusCodes.Status422UnprocessableEntity, "An option is out of range.")]
    [Refuses(StatusCodes.Status429TooManyRequests, "Too many requests with this key.")]
    [Refuses(StatusCodes.Status503ServiceUnavailable, "The bucket can't be reached or refuses, or the model has no price at present.")]
    [Refuses(StatusCodes.Status504GatewayTimeout, TooManyToList)]
    internal static async Task<Ok<JobQuote>> QuoteAsync(HttpContext http, NativeJobs jobs) =>
        TypedResults.Ok(await jobs.QuoteAsync(http.Request, http.Caller(), http.RequestAborted));

    /// <summary>List jobs.</summary>
    [Refuses(StatusCodes.Status422UnprocessableEntity, "'limit' is out of range.")]
    internal static async Task<Ok<JobList>> ListAsync(
        [Description("The id after which the page begins.")] string? after,
        [ReadAs(typeof(int)), Description("The number of entries: 1 to 100, usually 20.")] string? limit,
        HttpContext http,
        NativeJobs jobs,
        JobReport report
    )
    {
        int count = JobEndpoints.PageSize(limit, 20, 100);
        var found = await jobs.ListAsync(http.Caller(), JsonRoutes.Text(after), count + 1, http.RequestAborted);
        return TypedResults.Ok(
            new JobList(
                await report.OfAsync(found.Take(count), forOperators: false, http.RequestAborted),
                found.Count > count,
                await jobs.StorageAsync(http.Caller(), http.RequestAborted)
            )
        );
    }

    /// <summary>Get a job.</summary>
    [Refuses(StatusCodes.Status404NotFound, NoJob)]
    internal static async Task<Ok<JobInfo>> GetAsync(
        [Description("The job.")] string id,
        HttpContext http,
        NativeJobs jobs,
        JobReport report
    ) =>
        TypedResults.Ok(
            await report.OfAsync(await jobs.FindAsync(id, http.Caller(), http.RequestAborted), forOperators: false, http.RequestAborted)
        );

    /// <summary>Get a job's results.</summary>
    /// <remarks>
    /// The answer is application/jsonl, one picture on each line: captions first, then failures. While the job runs, it holds what is
    /// done by then.
    /// </remarks>
    [Refuses(StatusCodes.Status404NotFound, NoJob)]
    internal static async Task ResultsAsync(
        [Description("The job.")] string id,
        HttpContext http,
        NativeJobs jobs,
        NativeResults results
    ) => await results.WriteAsync(http.Response, await jobs.FindAsync(id, http.Caller(), http.RequestAborted), http.RequestAborted);

    /// <summary>Follow a job.</summary>
    /// <remarks>The answer is text/event-stream: the job as event "progress" whenever it got further, at the end as event "end".</remarks>
    [Streams]
    [Refuses(StatusCodes.Status404NotFound, NoJob)]
    internal static Task EventsAsync([Description("The job.")] string id, HttpContext http, NativeEvents events) =>
        events.WriteAsync(http, id, http.Caller());

    /// <summary>Cancel a job.</summary>
    /// <remarks>Pictures under way still end, and are charged. The results hold all that was done.</remarks>
    [Refuses(StatusCodes.Status404NotFound, NoJob)]
    internal static async Task<Ok<JobInfo>> CancelAsync(
        [Description("The job.")] string id,
        HttpContext http,
        NativeJobs jobs,
        JobReport report
    ) =>
        TypedResults.Ok(
            await report.OfAsync(await jobs.CancelAsync(id, http.Caller(), http.RequestAborted), forOperators: false, http.RequestAborted)
        );

    /// <summary>Try again what a job left without a caption.</summary>
    /// <remarks>Starts another job with the pictures that failed or were not tried. What was captioned is not captioned again.</remarks>
    [Refuses(StatusCodes.Status403Forbidden, "The API key lacks the scope caption.")]
    [Refuses(StatusCodes.Status404NotFound, NoJob)]
    [Refuses(StatusCodes.Status409Conflict, Unended)]
    [Refuses(StatusCodes.Status413PayloadTooLarge, "The API key's files take too much.")]
    [Refuses(StatusCodes.Status422UnprocessableEntity, "Each picture has its caption.")]
    [Refuses(StatusCodes.Status429TooManyRequests, "Too many requests with this key.")]
    [Refuses(StatusCodes.Status507InsufficientStorage, DiskFull)]
    internal static async Task<Accepted<JobInfo>> RetryAsync(
        [Description("The job.")] string id,
        HttpContext http,
        NativeJobs jobs,
        JobReport report
    )
    {
        var job = await jobs.RetryAsync(id, http, http.Caller(), http.RequestAborted);
        return TypedResults.Accepted($"/jobs/{job.JobId}", await report.OfNewAsync(job));
    }

    /// <summary>Delete a job that has ended, with its results.</summary>
    [Refuses(StatusCodes.Status404NotFound, NoJob)]
    [Refuses(StatusCodes.Status409Conflict, Unended)]
    internal static async Task<NoContent> RemoveAsync([Description("The job.")] string id, HttpContext http, NativeJobs jobs)
    {
        await jobs.RemoveAsync(id, http.Caller(), http.RequestAborted);
        return TypedResults.NoContent();
    }

    /// <summary>The fields of a job. One of addresses, folder and bucket is required.</summary>
    /// <param name="Addresses">The pictures' web addresses, of hosts that the operator allows.</param>
    /// <param name="Folder">The folder with the pictures: the name of an open folder, or a path in it, such as photos/2026.</param>
    /// <param name="Bucket">The bucket with the pictures: the name of an open bucket.</param>
    /// <param name="Prefix">Of the bucket, only the objects whose keys begin so, such as 2026/.</param>
    /// <param name="ResultsKey">The object of the bucket that gets the results as JSON lines at the end, such as captions.jsonl.</param>
    /// <param name="Sidecars">Write each caption into a text file beside its picture too: a.txt beside a.jpg.</param>
    /// <param name="CompletionWindow">The time allowed, in hours or days: 24h, or 7d (the default); at most 30d.</param>
    /// <param name="MaxCostUsd">Don't start the job if its quote says that it may cost more, in USD.</param>
    /// <param name="Webhook">What to tell of the job's end.</param>
    /// <param name="ModelId">The model. Default: the network's default model.</param>
    /// <param name="MaxPricePerPixel">The maximum price to pay, in USD per input pixel.</param>
    /// <param name="Details">Include token ids, log-probabilities, confidence and all sequences in the results.</param>
    [WithCaptionOptions]
    internal sealed record JobBody(
        IReadOnlyList<string>? Addresses = null,
        string? Folder = null,
        string? Bucket = null,
        string? Prefix = null,
        string? ResultsKey = null,
        bool? Sidecars = null,
        string? CompletionWindow = null,
        decimal? MaxCostUsd = null,
        WebhookBody? Webhook = null,
        string? ModelId = null,
        decimal? MaxPricePerPixel = null,
        bool? Details = null
    );

    /// <summary>What to tell of a job's end.</summary>
    /// <param name="Url">An https address of a host that the operator allows. It gets the job as JSON.</param>
    /// <param name="Secret">What signs the notice, as in Standard Webhooks: whsec_ and 24 to 64 random bytes in base64.</param>
    internal sealed record WebhookBody(string Url, string Secret);
}
