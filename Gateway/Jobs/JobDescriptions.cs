using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.OpenApi;

namespace ImageToText.Gateway.Jobs;

/// <summary>What the OpenAPI document says about the routes of jobs.</summary>
internal static class JobDescriptions
{
    private const string Group = "Jobs";
    private const string FileExample =
        """{"id":"file-0199f0c2a1b47c55b1f2d3e4f5a6b7c8","object":"file","bytes":1042,"created_at":1764000000,"expires_at":1766592000,"filename":"library.jsonl","purpose":"batch","status":"processed","status_details":null}""";

    private const string BatchExample =
        """{"id":"batch_0199f0c2a1b47c55b1f2d3e4f5a6b7c9","object":"batch","endpoint":"/v1/chat/completions","errors":null,"input_file_id":"file-0199f0c2a1b47c55b1f2d3e4f5a6b7c8","completion_window":"24h","status":"in_progress","output_file_id":null,"error_file_id":null,"created_at":1764000000,"in_progress_at":1764000001,"expires_at":1764086400,"finalizing_at":null,"completed_at":null,"failed_at":null,"expired_at":null,"cancelling_at":null,"cancelled_at":null,"request_counts":{"total":2,"completed":1,"failed":0},"metadata":null,"pause":null,"cost_usd":0.000065536}""";

    private static readonly (int, string)[] Refusals =
    [
        (400, "The request can't be read."),
        (401, "No API key, or one that is unknown, expired or revoked."),
        (503, "The store of jobs can't be reached."),
    ];

    private static readonly (int, string)[] OneRefusals = [.. Refusals, (404, "The API key has nothing with this id.")];

    private static readonly ApiParameter[] FileId = [new("id", "string", "The file.", Required: true) { Example = "file-1" }];

    private static readonly ApiParameter[] BatchId = [new("id", "string", "The batch.", Required: true) { Example = "batch_1" }];

    private static readonly ApiParameter[] Paging =
    [
        new("after", "string", "The id after which the page begins."),
        new("limit", "integer", "The number of entries."),
    ];

    public static readonly ApiDescription UploadFile = new("uploadFile", "Upload a file of requests")
    {
        Group = Group,
        Details =
            "Each line is a JSON object with custom_id, method (POST), url and body. The file is checked line by line as it arrives. "
            + "A line that can't be run is named in status_details by its number; it fails by itself when the batch runs.",
        Form = [new("purpose", "string", "batch.", Required: true), new("file", "file", "The file: JSON lines.", Required: true)],
        Answer = typeof(FileObject),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = FileExample,
        Refusals =
        [
            .. Refusals,
            (413, "The file has too many bytes or lines, or the API key's files take too much."),
            (507, "The disk is full."),
        ],
    };

    public static readonly ApiDescription Files = new("files", "List files")
    {
        Group = Group,
        Query =
        [
            .. Paging,
            new("order", "string", "asc: oldest first; otherwise newest first."),
            new("purpose", "string", "batch or batch_output."),
        ],
        Answer = typeof(FileList),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = $$"""{"object":"list","data":[{{FileExample}}],"first_id":null,"last_id":null,"has_more":false}""",
        Refusals = Refusals,
    };

    public static readonly ApiDescription File = new("file", "Get a file's description")
    {
        Group = Group,
        Path = FileId,
        Answer = typeof(FileObject),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = FileExample,
        Refusals = OneRefusals,
    };

    public static readonly ApiDescription FileContent = new("fileContent", "Get a file's lines")
    {
        Group = Group,
        Path = FileId,
        Details = "The answer is the file itself: application/jsonl, one result on each line.",
        Answer = typeof(ResultLine),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = """{"id":"batch_req_1","custom_id":"a","response":{"status_code":200,"request_id":"1","body":{}},"error":null}""",
        Refusals = OneRefusals,
    };

    public static readonly ApiDescription DeleteFile = new("deleteFile", "Delete a file")
    {
        Group = Group,
        Path = FileId,
        Answer = typeof(FileDeleted),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = """{"id":"file-1","object":"file","deleted":true}""",
        Refusals = [.. OneRefusals, (409, "A batch that is under way reads it.")],
    };

    public static readonly ApiDescription StartBatch = new("startBatch", "Start a batch")
    {
        Group = Group,
        Details =
            "Each line of the file is captioned as a single request would be, with its price and its budget. If the budget is spent, "
            + "the batch pauses, says so in 'pause', and goes on when there is budget again.",
        Body = typeof(BatchBody),
        JsonExample = """{"input_file_id":"file-1","endpoint":"/v1/chat/completions","completion_window":"24h"}""",
        Answer = typeof(BatchObject),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = BatchExample,
        Refusals = [.. OneRefusals, (422, "A field is out of range."), (507, "The disk is full.")],
    };

    public static readonly ApiDescription Batches = new("batches", "List batches")
    {
        Group = Group,
        Query = Paging,
        Answer = typeof(BatchList),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = $$"""{"object":"list","data":[{{BatchExample}}],"first_id":null,"last_id":null,"has_more":false}""",
        Refusals = Refusals,
    };

    public static readonly ApiDescription Batch = new("batch", "Get a batch")
    {
        Group = Group,
        Path = BatchId,
        Answer = typeof(BatchObject),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = BatchExample,
        Refusals = OneRefusals,
    };

    public static readonly ApiDescription CancelBatch = new("cancelBatch", "Cancel a batch")
    {
        Group = Group,
        Path = BatchId,
        Details = "Items under way still end, and are charged. What was done by then is in the output file.",
        Answer = typeof(BatchObject),
        Error = typeof(OpenAiErrorBody),
        AnswerExample = BatchExample,
        Refusals = OneRefusals,
    };
}
