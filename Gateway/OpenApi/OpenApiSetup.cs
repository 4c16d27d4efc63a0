using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace ImageToText.Gateway.OpenApi;

/// <summary>The document at <c>/openapi/v1.json</c>, made from the routes and their <see cref="ApiDescription"/>s.</summary>
internal static class OpenApiSetup
{
    private const string Scheme = "ApiKey";

    private const string SamplePicture = "cat.png";

    private const string ErrorExample =
        """{"error":{"message":"What was wrong, with what, and what to do.","code":"invalid_request","request_id":"0199f0c2a1b47c55b1f2d3e4f5a6b7c8"}}""";

    public static void AddGatewayOpenApi(this IServiceCollection services) =>
        services.AddOpenApi(static options =>
        {
            options.AddDocumentTransformer(
                static (document, _, _) =>
                {
                    document.Info.Title = "ImageToText";
                    document.Info.Description = "Captions for pictures, priced by the pixel.";
                    document.Components ??= new OpenApiComponents();
                    document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                    document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
                    {
                        Type = SecuritySchemeType.Http,
                        Scheme = "bearer",
                    };
                    return Task.CompletedTask;
                }
            );
            options.AddOperationTransformer(
                static (operation, context, _) =>
                {
                    if (context.Description.ActionDescriptor.EndpointMetadata.OfType<ApiDescription>().FirstOrDefault() is { } description)
                    {
                        Describe(operation, description, context.Document!);
                    }

                    return Task.CompletedTask;
                }
            );
        });

    /// <summary>Gives a route its description.</summary>
    public static void Describe(this IEndpointConventionBuilder route, ApiDescription description) =>
        route.Add(endpoint =>
        {
            endpoint.Metadata.Add(description);
            // The API explorer skips routes without a method.
            endpoint.Metadata.Add(endpoint.RequestDelegate!.Method);
        });

    private static void Describe(OpenApiOperation operation, ApiDescription description, OpenApiDocument document)
    {
        operation.OperationId = description.Id;
        operation.Summary = description.Summary;
        operation.Description = description.Details;
        operation.Tags = new HashSet<OpenApiTagReference> { new(description.Group, document) };
        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
        operation.Parameters = [];
        foreach (
            var (parameter, place) in description
                .Path.Select(static path => (path, ParameterLocation.Path))
                .Concat(description.Query.Select(static query => (query, ParameterLocation.Query)))
        )
        {
            operation.Parameters.Add(
                new OpenApiParameter
                {
                    Name = parameter.Name,
                    In = place,
                    Required = parameter.Required,
                    Description = parameter.Meaning,
                    Schema = parameter.Schema(),
                    Example = parameter.ExampleValue(),
                }
            );
        }

        DescribeBody(operation, description);
        operation.Responses = new OpenApiResponses
        {
            [description.Status.ToString(CultureInfo.InvariantCulture)] = Answer(
                "Done.",
                description.AnswersText,
                description.AnswerExample,
                description.EventsExample
            ),
        };
        foreach (var (status, meaning) in description.Refusals)
        {
            operation.Responses[status.ToString(CultureInfo.InvariantCulture)] = Answer(
                meaning,
                description.AnswersText,
                description.AnswersText ? meaning : ErrorExample
            );
        }
    }

    private static void DescribeBody(OpenApiOperation operation, ApiDescription description)
    {
        var content = new Dictionary<string, OpenApiMediaType>();
        if (description.Form.Count > 0)
        {
            content["multipart/form-data"] = new OpenApiMediaType { Schema = Object(description.Form) };
        }

        if (description.JsonExample is { } example)
        {
            content["application/json"] = new OpenApiMediaType
            {
                Schema = description.FormAsJson
                    ? Object(description.Form.Select(static field => field.Type == "file" ? field with { Type = "string" } : field))
                    : new OpenApiSchema { Type = JsonSchemaType.Object },
                Examples = new Dictionary<string, IOpenApiExample>
                {
                    ["json"] = new OpenApiExample { Summary = "JSON", Value = JsonNode.Parse(example) },
                },
            };
        }

        if (description.ReadsPicture)
        {
            content["image/*"] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Format = "binary",
                    Description = "The picture's bytes.",
                },
                Examples = new Dictionary<string, IOpenApiExample>
                {
                    ["bytes"] = new OpenApiExample { Summary = "The picture as it is", ExternalValue = "/samples/" + SamplePicture },
                },
            };
        }

        foreach (var named in description.Examples)
        {
            var media = content[named.ContentType];
            media.Examples ??= new Dictionary<string, IOpenApiExample>();
            media.Examples[named.Name] = new OpenApiExample { Summary = named.Summary, Value = JsonNode.Parse(named.Body) };
        }

        if (content.Count > 0)
        {
            operation.RequestBody = new OpenApiRequestBody { Required = true, Content = content };
        }
    }

    private static OpenApiSchema Object(IEnumerable<ApiParameter> fields)
    {
        var all = fields.ToArray();
        return new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = all.ToDictionary(static field => field.Name, static IOpenApiSchema (field) => field.Schema()),
            Required = all.Where(static field => field.Required).Select(static field => field.Name).ToHashSet(),
        };
    }

    private static OpenApiResponse Answer(string meaning, bool isText, string example, string? events = null)
    {
        var content = new Dictionary<string, OpenApiMediaType>
        {
            [isText ? "text/plain" : "application/json"] = new()
            {
                Schema = new OpenApiSchema { Type = isText ? JsonSchemaType.String : JsonSchemaType.Object },
                Example = isText ? JsonValue.Create(example) : JsonNode.Parse(example),
            },
        };
        if (events is not null)
        {
            content["text/event-stream"] = new()
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = events,
            };
        }

        return new OpenApiResponse { Description = meaning, Content = content };
    }
}
