using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace ImageToText.ServiceDefaults.OpenApi;

/// <summary>
/// A service's OpenAPI document at <c>/openapi/v1.json</c>. Routes, parameters and schemas come from the handlers' types and
/// documentation; examples are made from the schemas.
/// </summary>
public static class ServiceDocument
{
    private const string Scheme = "ApiKey";

    /// <summary>Describes the service as a whole, and adds to its operations what their types don't say.</summary>
    /// <param name="options">The document's options.</param>
    /// <param name="title">The service's name.</param>
    /// <param name="description">What it does.</param>
    /// <param name="examples">
    /// The service's own examples, by operation: <c>parameters</c> by name, <c>requests</c> by media type, and <c>events</c>.
    /// </param>
    /// <returns>The same options.</returns>
    public static OpenApiOptions DescribeService(this OpenApiOptions options, string title, string description, JsonObject? examples = null)
    {
        var bodies = new BodyExamples(examples ?? []);
        options.AddSchemaTransformer<OptionalNulls>();
        options.AddSchemaTransformer<CaptionOptionFields>();
        options.AddOperationTransformer<OperationDetails>();
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.Info.Title = title;
                document.Info.Description = description;
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                document.Components.SecuritySchemes[Scheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                };
                foreach (
                    var operation in document
                        .Paths.Values.SelectMany(static path => path.Operations ?? [])
                        .Select(static pair => pair.Value)
                )
                {
                    operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Scheme, document)] = [] }];
                    bodies.Complete(operation);
                }

                return Task.CompletedTask;
            }
        );
        return options;
    }

    /// <summary>Makes a service read and write JSON as its contracts do, and describe it so.</summary>
    /// <param name="services">The service's services.</param>
    /// <param name="contracts">The JSON of the contracts; the first decides how names, nulls and numbers are written.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection UseContractJson(this IServiceCollection services, params JsonSerializerContext[] contracts) =>
        services.ConfigureHttpJsonOptions(json =>
        {
            var options = json.SerializerOptions;
            var first = contracts[0].Options;
            options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
            options.PropertyNameCaseInsensitive = first.PropertyNameCaseInsensitive;
            options.RespectNullableAnnotations = first.RespectNullableAnnotations;
            options.NumberHandling = JsonNumberHandling.Strict;
            // Answers are never part of a web page, so people may read their letters as they are.
            options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
            for (int index = 0; index < contracts.Length; index++)
            {
                options.TypeInfoResolverChain.Insert(index, contracts[index]);
            }
        });
}
