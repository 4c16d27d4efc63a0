using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ImageToText.ServiceDefaults.OpenApi;

/// <summary>What handlers say by their attributes: the meaning of refusals, bodies and parameters that they read themselves.</summary>
internal sealed class OperationDetails : IOpenApiOperationTransformer
{
    /// <inheritdoc/>
    public async Task TransformAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        operation.Summary = operation.Summary?.TrimEnd('.').ReplaceLineEndings(" ");
        operation.Description = operation.Description?.ReplaceLineEndings(" ");
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        DescribeAnswers(operation, metadata);
        await DescribeBodiesAsync(operation, context, metadata, cancellationToken);
        await DescribeParametersAsync(operation, context, cancellationToken);
    }

    private static void DescribeAnswers(OpenApiOperation operation, IList<object> metadata)
    {
        var meanings = metadata
            .OfType<ProducesResponseTypeAttribute>()
            .ToLookup(static answer => answer.StatusCode.ToString(CultureInfo.InvariantCulture), static answer => answer.Description);
        foreach (var (status, response) in operation.Responses ?? [])
        {
            response.Description = meanings[status].LastOrDefault() ?? (status.StartsWith('2') ? "Done." : response.Description);
        }

        if (metadata.OfType<StreamsAttribute>().Any() && operation.Responses?["200"].Content is { } content)
        {
            content["text/event-stream"] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }
    }

    private static async Task DescribeBodiesAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        IList<object> metadata,
        CancellationToken cancellationToken
    )
    {
        foreach (var reads in metadata.OfType<ReadsAttribute>())
        {
            operation.RequestBody ??= new OpenApiRequestBody { Required = true, Content = new Dictionary<string, OpenApiMediaType>() };
            operation.RequestBody.Content![reads.MediaType] = new OpenApiMediaType
            {
                Schema =
                    reads.Body == typeof(byte[])
                        ? new OpenApiSchema
                        {
                            Type = JsonSchemaType.String,
                            Format = "binary",
                            Description = "The picture's bytes.",
                        }
                        : await SchemaAsync(reads.Body, context, cancellationToken),
            };
        }
    }

    // A type that stands beside its handler only lists fields; any other is a component of its own.
    private static async Task<IOpenApiSchema> SchemaAsync(
        Type body,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        var schema = await context.GetOrCreateSchemaAsync(body, cancellationToken: cancellationToken);
        if (body.IsNested)
        {
            return schema;
        }

        context.Document!.AddComponent(body.Name, schema);
        return new OpenApiSchemaReference(body.Name, context.Document);
    }

    private static async Task DescribeParametersAsync(
        OpenApiOperation operation,
        OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken
    )
    {
        foreach (var described in context.Description.ParameterDescriptions)
        {
            if (
                (described.ParameterDescriptor as IParameterInfoParameterDescriptor)?.ParameterInfo.GetCustomAttribute<ReadAsAttribute>()
                    is { } read
                && operation.Parameters?.FirstOrDefault(parameter => parameter.Name == described.Name) is OpenApiParameter parameter
            )
            {
                parameter.Schema = await context.GetOrCreateSchemaAsync(read.Type, cancellationToken: cancellationToken);
                parameter.Required |= read.IsRequired;
            }
        }
    }
}
