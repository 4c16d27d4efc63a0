using ImageToText.Contracts;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace ImageToText.ServiceDefaults.OpenApi;

/// <summary>The fields of this body, in addition to its own, are the caption options of <see cref="CaptionOptionTable"/>.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class WithCaptionOptionsAttribute : Attribute
{
    /// <summary>Whether options have their names in OpenAI's API.</summary>
    public bool OpenAiNames { get; init; }
}

/// <summary>Adds the caption options to the schemas of the bodies that take them.</summary>
internal sealed class CaptionOptionFields : IOpenApiSchemaTransformer
{
    /// <inheritdoc/>
    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (
            Attribute.GetCustomAttribute(context.JsonTypeInfo.Type, typeof(WithCaptionOptionsAttribute)) is WithCaptionOptionsAttribute with
        )
        {
            schema.Properties ??= new Dictionary<string, IOpenApiSchema>();
            foreach (var option in CaptionOptionTable.All)
            {
                string name = with.OpenAiNames && option.OpenAiNames is [var own] ? own : option.Name;
                schema.Properties.TryAdd(name, CaptionOptionSchema.Of(option));
            }
        }

        return Task.CompletedTask;
    }
}
