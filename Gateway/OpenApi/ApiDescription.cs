using System.Globalization;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.ServiceDefaults.OpenApi;
using Microsoft.OpenApi;

namespace ImageToText.Gateway.OpenApi;

/// <summary>
/// What the OpenAPI document says about a route. Since the handler reads the request itself, the document must be told.
/// </summary>
/// <param name="Id">The operation's id.</param>
/// <param name="Summary">One line.</param>
internal sealed record ApiDescription(string Id, string Summary)
{
    /// <summary>The group of what only operators' keys may do.</summary>
    public const string Operating = "Operating";

    /// <summary>The group that it belongs to.</summary>
    public string Group { get; init; } = "Models, prices and spend";

    /// <summary>More than one line.</summary>
    public string? Details { get; init; }

    /// <summary>Parameters in the path.</summary>
    public IReadOnlyList<ApiParameter> Path { get; init; } = [];

    /// <summary>Query parameters: name, type (string, integer, number), required, meaning, an example.</summary>
    public IReadOnlyList<ApiParameter> Query { get; init; } = [];

    /// <summary>Fields of a multipart form; a type of "file" or "files" holds pictures.</summary>
    public IReadOnlyList<ApiParameter> Form { get; init; } = [];

    /// <summary>Whether the same fields are also accepted as JSON.</summary>
    public bool FormAsJson { get; init; }

    /// <summary>An example of a JSON body.</summary>
    public string? JsonExample { get; init; }

    /// <summary>More examples of requests.</summary>
    public IReadOnlyList<ApiExample> Examples { get; init; } = [];

    /// <summary>What is sent as the raw picture, without a form or JSON around it.</summary>
    public bool ReadsPicture { get; init; }

    /// <summary>The status for success.</summary>
    public int Status { get; init; } = 200;

    /// <summary>What the answer holds.</summary>
    public required Type Answer { get; init; }

    /// <summary>What a refusal holds.</summary>
    public Type Error { get; init; } = typeof(ErrorBody);

    /// <summary>What a JSON body holds; null: there is none, or it has the fields of <see cref="Form"/> or <see cref="Json"/>.</summary>
    public Type? Body { get; init; }

    /// <summary>Fields of a JSON body that is read field by field.</summary>
    public IReadOnlyList<ApiParameter> Json { get; init; } = [];

    /// <summary>An example of an answer.</summary>
    public required string AnswerExample { get; init; }

    /// <summary>An example of an answer in server-sent events; null: there is none.</summary>
    public string? EventsExample { get; init; }

    /// <summary>The statuses of refusals, with their meaning here.</summary>
    public IReadOnlyList<(int Status, string Meaning)> Refusals { get; init; } = [];
}

/// <summary>One parameter or field.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">string, integer, number, boolean, object, objects, strings, file or files.</param>
/// <param name="Meaning">Its meaning.</param>
/// <param name="Required">Whether it is required.</param>
internal sealed record ApiParameter(string Name, string Type, string Meaning, bool Required = false)
{
    /// <summary>An example of it; null: none.</summary>
    public string? Example { get; init; }

    /// <summary>The caption option that it stands for; null: none.</summary>
    public CaptionOption? Option { get; init; }

    /// <summary>The example in its type.</summary>
    public JsonNode? ExampleValue() =>
        Example is null ? null
        : Type == "integer" ? JsonValue.Create(long.Parse(Example, CultureInfo.InvariantCulture))
        : JsonValue.Create(Example);

    /// <summary>Its schema.</summary>
    public OpenApiSchema Schema() => Option is { } option ? CaptionOptionSchema.Of(option) : SchemaOfType();

    private OpenApiSchema SchemaOfType() =>
        Type switch
        {
            "file" => new OpenApiSchema
            {
                Type = JsonSchemaType.String,
                Format = "binary",
                Description = Meaning,
            },
            "files" => new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" },
                Description = Meaning,
            },
            "strings" => new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema { Type = JsonSchemaType.String },
                Description = Meaning,
            },
            "objects" => new OpenApiSchema
            {
                Type = JsonSchemaType.Array,
                Items = new OpenApiSchema { Type = JsonSchemaType.Object },
                Description = Meaning,
            },
            "object" => new OpenApiSchema { Type = JsonSchemaType.Object, Description = Meaning },
            "integer" => new OpenApiSchema { Type = JsonSchemaType.Integer, Description = Meaning },
            "number" => new OpenApiSchema { Type = JsonSchemaType.Number, Description = Meaning },
            "boolean" => new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = Meaning },
            _ => new OpenApiSchema { Type = JsonSchemaType.String, Description = Meaning },
        };
}

/// <summary>One way to make a request.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">What it shows.</param>
/// <param name="ContentType">The media type of the body.</param>
/// <param name="Body">
/// JSON, or the fields of a form, with the name of a sample picture (<c>GET /samples/NAME</c>) for each file.
/// </param>
internal sealed record ApiExample(string Name, string Summary, string ContentType, string Body);
