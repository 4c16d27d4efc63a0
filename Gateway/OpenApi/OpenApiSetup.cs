using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Contracts;
using ImageToText.Gateway.Caching;
using ImageToText.Gateway.Dialects.HuggingFace;
using ImageToText.Gateway.Dialects.Ollama;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Dialects.PhotoPrism;
using ImageToText.Gateway.Dialects.StableDiffusion;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi;

namespace ImageToText.Gateway.OpenApi;

/// <summary>The document at <c>/openapi/v1.json</c>, made from the routes and their <see cref="ApiDescription"/>s.</summary>
internal static class OpenApiSetup
{
    private const string Scheme = "ApiKey";

    private const string Json = "application/json";

    private const string SamplePicture = "cat.png";

    private static readonly Dictionary<Type, string> ErrorExamples = new()
    {
        [typeof(ErrorBody)] =
            """{"error":{"message":"What was wrong, with what, and what to do.","code":"invalid_request","request_id":"0199f0c2a1b47c55b1f2d3e4f5a6b7c8"}}""",
        [typeof(HuggingFaceError)] = """{"error":"What was wrong, with what, and what to do.","error_type":"invalid_request"}""",
        [typeof(OllamaError)] = """{"error":"What was wrong, with what, and what to do."}""",
        [typeof(VisionError)] =
            """{"id":"b3f1c0de-0000-4000-8000-000000000001","code":400,"error":"What was wrong, with what, and what to do."}""",
        [typeof(InterrogationError)] = """{"error":"invalid_request","detail":"What was wrong, with what, and what to do."}""",
        [typeof(OpenAiErrorBody)] =
            """{"error":{"message":"What was wrong, with what, and what to do.","type":"invalid_request_error","param":null,"code":"invalid_request"}}""",
    };

    public static void AddGatewayOpenApi(this IServiceCollection services)
    {
        // Schemas come from the types that answers are serialized from, by the same rules.
        services.ConfigureHttpJsonOptions(static json =>
        {
            var options = json.SerializerOptions;
            options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            options.NumberHandling = JsonNumberHandling.Strict;
            options.RespectNullableAnnotations = true;
            foreach (
                var types in (IJsonTypeInfoResolver[])
                    [
                        GatewayApiJson.Default,
                        NodeApiJson.Default,
                        CacheEndpointsJson.Default,
                        HuggingFaceJson.Default,
                        OllamaJson.Default,
                        OpenAiJson.Default,
                        VisionJson.Default,
                        InterrogationJson.Default,
                    ]
            )
            {
                options.TypeInfoResolverChain.Add(types);
            }
        });
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
    }

    /// <summary>Gives a route its description.</summary>
    public static void Describe(this IEndpointConventionBuilder route, ApiDescription description) =>
        route.Add(endpoint =>
        {
            var metadata = endpoint.Metadata;
            metadata.Add(description);
            // The API explorer skips routes without a method.
            metadata.Add(endpoint.RequestDelegate!.Method);
            metadata.Add(new ProducesResponseTypeMetadata(description.Status, description.Answer, [Json]));
            foreach (var (status, meaning) in description.Refusals)
            {
                metadata.Add(new ProducesResponseTypeMetadata(status, description.Error, [Json]) { Description = meaning });
            }

            if (description.Body is { } body)
            {
                metadata.Add(new AcceptsMetadata([Json], body));
            }
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
        DescribeAnswers(operation, description);
    }

    private static void DescribeAnswers(OpenApiOperation operation, ApiDescription description)
    {
        string success = description.Status.ToString(CultureInfo.InvariantCulture);
        foreach (var (status, response) in operation.Responses!)
        {
            string example = status == success ? description.AnswerExample : ErrorExamples[description.Error];
            foreach (var media in response.Content!.Values)
            {
                media.Example = JsonNode.Parse(example);
            }
        }

        var answer = (OpenApiResponse)operation.Responses[success];
        answer.Description = "Done.";
        if (description.EventsExample is { } events)
        {
            answer.Content!["text/event-stream"] = new()
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                Example = events,
            };
        }
    }

    private static void DescribeBody(OpenApiOperation operation, ApiDescription description)
    {
        var content = operation.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>();
        if (description.Form.Count > 0)
        {
            content["multipart/form-data"] = new OpenApiMediaType { Schema = Object(description.Form) };
        }

        var json = description.FormAsJson
            ? [.. description.Form.Select(static field => field.Type == "file" ? field with { Type = "string" } : field)]
            : description.Json;
        if (json.Count > 0)
        {
            content[Json] = new OpenApiMediaType { Schema = Object(json) };
        }

        if (description.JsonExample is { } example)
        {
            content[Json].Examples = new Dictionary<string, IOpenApiExample>
            {
                ["json"] = new OpenApiExample { Summary = "JSON", Value = JsonNode.Parse(example) },
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
}
