using System.ComponentModel;
using System.Globalization;
using ImageToText.Gateway.Dialects.Native;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Jobs.Batches;
using ImageToText.Gateway.Jobs.Files;
using ImageToText.Gateway.Jobs.Native;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ImageToText.Gateway.Jobs;

/// <summary>The routes of jobs: files of requests, and the batches that run them.</summary>
internal static class JobEndpoints
{
    private const string NoFile = "The API key has nothing with this id.";
    private const string DiskFull = "The disk is full.";
    private const string SameKey = "A request with the same Idempotency-Key is still under way.";
    private const string NoScope = "The API key lacks the scope caption.";
    private const string TooMany = "Too many requests with this key.";

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        var jobs = routes
            .MapGroup("")
            .WithTags("Jobs")
            .WithMetadata(Shared)
            .AddEndpointFilter<JobRouteFilter>()
            .AddEndpointFilter<JobOwnerFilter>();
        jobs.MapPost("/v1/files", UploadFileAsync).WithMetadata(CountedRoute.Metadata).WithName("uploadFile").Produces<FileObject>();
        jobs.MapGet("/v1/files", ListFilesAsync).WithName("files").Produces<FileList>();
        jobs.MapGet("/v1/files/{id}", GetFileAsync).WithName("file").Produces<FileObject>();
        jobs.MapGet("/v1/files/{id}/content", GetContentAsync).WithName("fileContent").Produces<ResultLine>();
        jobs.MapGet("/v1/files/{id}/quote", QuoteAsync).WithMetadata(CountedRoute.Metadata).WithName("fileQuote").Produces<FileQuote>();
        jobs.MapDelete("/v1/files/{id}", DeleteFileAsync).WithName("deleteFile").Produces<FileDeleted>();
        jobs.MapPost("/v1/batches", StartBatchAsync).WithMetadata(CountedRoute.Metadata).WithName("startBatch").Produces<BatchObject>();
        jobs.MapGet("/v1/batches", ListBatchesAsync).WithName("batches").Produces<BatchList>();
        jobs.MapGet("/v1/batches/{id}", GetBatchAsync).WithName("batch").Produces<BatchObject>();
        jobs.MapPost("/v1/batches/{id}/cancel", CancelBatchAsync).WithName("cancelBatch").Produces<BatchObject>();
        routes.MapNativeJobs();
    }

    private static object[] Shared =>
        [
            new RefusesAttribute<OpenAiErrorBody>(StatusCodes.Status400BadRequest, "The request can't be read."),
            new RefusesAttribute<OpenAiErrorBody>(
                StatusCodes.Status401Unauthorized,
                "No API key, or one that is unknown, expired or revoked."
            ),
            new RefusesAttribute<OpenAiErrorBody>(StatusCodes.Status503ServiceUnavailable, "The store of jobs can't be reached."),
        ];

    /// <summary>Upload a file of requests.</summary>
    /// <remarks>
    /// Each line is a JSON object with custom_id, method (POST), url and body. The file is checked line by line as it arrives. A line
    /// that can't be run is named in status_details by its number; it fails by itself when the batch runs.
    /// </remarks>
    [Reads(typeof(FileForm), "multipart/form-data")]
    [Refuses<OpenAiErrorBody>(
        StatusCodes.Status413PayloadTooLarge,
        "The file has too many bytes or lines, or the API key's files take too much."
    )]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status403Forbidden, NoScope)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status429TooManyRequests, TooMany)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status409Conflict, SameKey)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status422UnprocessableEntity, "The Idempotency-Key was used for another file.")]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status507InsufficientStorage, DiskFull)]
    internal static async Task<JsonHttpResult<FileObject>> UploadFileAsync(HttpContext http, FileService files) =>
        TypedResults.Json(await files.UploadAsync(http.Caller(), http.Request), JobJson.Default.FileObject);

    /// <summary>List files.</summary>
    internal static async Task<JsonHttpResult<FileList>> ListFilesAsync(
        [Description("The id after which the page begins.")] string? after,
        [ReadAs(typeof(int)), Description("The number of entries.")] string? limit,
        [Description("asc: oldest first; otherwise newest first.")] string? order,
        [Description("batch or batch_output.")] string? purpose,
        HttpContext http,
        FileService files,
        CancellationToken cancellationToken
    ) =>
        TypedResults.Json(
            await files.ListAsync(http.Caller().KeyId, purpose, after, PageSize(limit, 10_000, 10_000), order == "asc", cancellationToken),
            JobJson.Default.FileList
        );

    /// <summary>Get a file's description.</summary>
    [Refuses<OpenAiErrorBody>(StatusCodes.Status404NotFound, NoFile)]
    internal static async Task<JsonHttpResult<FileObject>> GetFileAsync(
        [Description("The file.")] string id,
        HttpContext http,
        FileService files,
        CancellationToken cancellationToken
    ) => TypedResults.Json(await files.GetAsync(http.Caller().KeyId, id, cancellationToken), JobJson.Default.FileObject);

    /// <summary>Get a file's lines.</summary>
    /// <remarks>The answer is the file itself: application/jsonl, one result on each line.</remarks>
    [Refuses<OpenAiErrorBody>(StatusCodes.Status404NotFound, NoFile)]
    internal static async Task<FileStreamHttpResult> GetContentAsync(
        [Description("The file.")] string id,
        HttpContext http,
        FileService files,
        CancellationToken cancellationToken
    ) => TypedResults.Stream(await files.OpenAsync(http.Caller().KeyId, id, cancellationToken), "application/jsonl");

    /// <summary>Quote the batch of a file.</summary>
    /// <remarks>What its batch would cost if it were started now, by the headers of its pictures and the prices in force.</remarks>
    [Refuses<OpenAiErrorBody>(StatusCodes.Status402PaymentRequired, "Every request is dearer than its price cap.")]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status403Forbidden, NoScope)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status404NotFound, NoFile)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status422UnprocessableEntity, "A field is out of range.")]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status429TooManyRequests, TooMany)]
    internal static async Task<JsonHttpResult<FileQuote>> QuoteAsync(
        [Description("The file.")] string id,
        [Description("The path that its lines are for. Default: /v1/chat/completions.")] string? endpoint,
        HttpContext http,
        BatchStart batches,
        CancellationToken cancellationToken
    ) => TypedResults.Json(await batches.QuoteAsync(http.Caller(), id, endpoint, cancellationToken), JobJson.Default.FileQuote);

    /// <summary>Delete a file.</summary>
    [Refuses<OpenAiErrorBody>(StatusCodes.Status404NotFound, NoFile)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status409Conflict, "A batch that is under way reads it.")]
    internal static async Task<JsonHttpResult<FileDeleted>> DeleteFileAsync(
        [Description("The file.")] string id,
        HttpContext http,
        FileService files,
        CancellationToken cancellationToken
    ) => TypedResults.Json(await files.DeleteAsync(http.Caller().KeyId, id, cancellationToken), JobJson.Default.FileDeleted);

    /// <summary>Start a batch.</summary>
    /// <remarks>
    /// Each line of the file is captioned as a single request would be, with its price and its budget. If the budget is spent, the
    /// batch pauses, says so in 'pause', and goes on when there is budget again. 'quote' says what it will cost, by the headers of the
    /// pictures; a batch whose quote is above max_cost_usd is not started.
    /// </remarks>
    [Reads(typeof(BatchBody), "application/json")]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status404NotFound, NoFile)]
    [Refuses<OpenAiErrorBody>(
        StatusCodes.Status402PaymentRequired,
        "Every request is dearer than its price cap, or all together may cost more than max_cost_usd."
    )]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status403Forbidden, NoScope)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status429TooManyRequests, TooMany)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status409Conflict, SameKey)]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status422UnprocessableEntity, "A field is out of range.")]
    [Refuses<OpenAiErrorBody>(StatusCodes.Status507InsufficientStorage, DiskFull)]
    internal static async Task<JsonHttpResult<BatchObject>> StartBatchAsync(
        HttpContext http,
        BatchService batches,
        CancellationToken cancellationToken
    )
    {
        var body = await JsonRoutes.ReadAsync(http, JobJson.Default.BatchBody);
        return TypedResults.Json(await batches.StartAsync(http, http.Caller(), body, cancellationToken), JobJson.Default.BatchObject);
    }

    /// <summary>List batches.</summary>
    internal static async Task<JsonHttpResult<BatchList>> ListBatchesAsync(
        [Description("The id after which the page begins.")] string? after,
        [ReadAs(typeof(int)), Description("The number of entries.")] string? limit,
        HttpContext http,
        BatchService batches,
        CancellationToken cancellationToken
    ) =>
        TypedResults.Json(
            await batches.ListAsync(http.Caller().KeyId, after, PageSize(limit, 20, 100), cancellationToken),
            JobJson.Default.BatchList
        );

    /// <summary>Get a batch.</summary>
    [Refuses<OpenAiErrorBody>(StatusCodes.Status404NotFound, NoFile)]
    internal static async Task<JsonHttpResult<BatchObject>> GetBatchAsync(
        [Description("The batch.")] string id,
        HttpContext http,
        BatchService batches,
        CancellationToken cancellationToken
    ) => TypedResults.Json(await batches.GetAsync(http.Caller().KeyId, id, cancellationToken), JobJson.Default.BatchObject);

    /// <summary>Cancel a batch.</summary>
    /// <remarks>Items under way still end, and are charged. What was done by then is in the output file.</remarks>
    [Refuses<OpenAiErrorBody>(StatusCodes.Status404NotFound, NoFile)]
    internal static async Task<JsonHttpResult<BatchObject>> CancelBatchAsync(
        [Description("The batch.")] string id,
        HttpContext http,
        BatchService batches,
        CancellationToken cancellationToken
    ) => TypedResults.Json(await batches.CancelAsync(http.Caller().KeyId, id, cancellationToken), JobJson.Default.BatchObject);

    /// <summary>The page size asked for.</summary>
    /// <exception cref="RefusalException">422: it is none.</exception>
    public static int PageSize(string? limit, int usual, int most) =>
        limit is not { Length: > 0 } text ? usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size >= 1 && size <= most ? size
        : throw Refusals.InvalidOption("limit", string.Create(CultureInfo.InvariantCulture, $"'limit' must be 1 to {most}."));

    /// <summary>The fields of an upload.</summary>
    /// <param name="Purpose">batch.</param>
    /// <param name="File">The file: JSON lines.</param>
    internal sealed record FileForm(string Purpose, IFormFile File);
}
