using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ImageToText.ServiceDefaults.OpenApi;

/// <summary>Nulls are not written, so a property that may be null is not required.</summary>
internal sealed class OptionalNulls : IOpenApiSchemaTransformer
{
    /// <inheritdoc/>
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Options.DefaultIgnoreCondition == JsonIgnoreCondition.WhenWritingNull)
        {
            foreach (var property in context.JsonTypeInfo.Properties.Where(static property => property.IsGetNullable))
            {
                schema.Required?.Remove(property.Name);
            }
        }

        return Task.CompletedTask;
    }
}
