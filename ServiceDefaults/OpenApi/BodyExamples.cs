using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace ImageToText.ServiceDefaults.OpenApi;

/// <summary>Examples of bodies, made from their schemas and the values in <c>values.json</c>.</summary>
/// <param name="own">
/// Examples that a service gives itself, by operation: <c>parameters</c> by name, <c>requests</c> by media type, and <c>events</c>.
/// </param>
internal sealed class BodyExamples(JsonObject own)
{
    private const int Deepest = 8;

    private static readonly JsonObject Values = Read();

    /// <summary>Gives everything in an operation an example that has none.</summary>
    public void Complete(OpenApiOperation operation)
    {
        var given = operation.OperationId is { } id ? own[id] as JsonObject : null;
        foreach (var parameter in (operation.Parameters ?? []).OfType<OpenApiParameter>())
        {
            parameter.Example ??= given?["parameters"]?[parameter.Name!]?.DeepClone();
        }

        foreach (var (type, media) in operation.RequestBody?.Content ?? new Dictionary<string, OpenApiMediaType>())
        {
            media.Examples ??= new Dictionary<string, IOpenApiExample>();
            foreach (var (name, example) in given?["requests"]?[type] as JsonObject ?? [])
            {
                media.Examples[name] = new OpenApiExample
                {
                    Summary = (string?)example!["summary"],
                    Value = example["value"]?.DeepClone(),
                    ExternalValue = (string?)example["file"],
                };
            }

            if (media.Examples.Count == 0)
            {
                media.Examples["json"] = new OpenApiExample { Summary = "JSON", Value = Of(media.Schema, "", 0) };
            }
        }

        foreach (var (type, media) in (operation.Responses ?? []).Values.SelectMany(static response => response.Content ?? NoContent))
        {
            media.Example ??=
                type == "application/json" ? Of(media.Schema, "", 0) : given?["events"]?.DeepClone() ?? Values[type]?.DeepClone();
        }
    }

    private static readonly Dictionary<string, OpenApiMediaType> NoContent = [];

    private static JsonObject Read()
    {
        using var stream = typeof(BodyExamples).Assembly.GetManifestResourceStream("OpenApi/values.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }

    private static JsonNode? Of(IOpenApiSchema? schema, string name, int depth)
    {
        if (schema is null || depth > Deepest)
        {
            return null;
        }

        if (schema.OneOf is { Count: > 0 } choices)
        {
            return Of(choices.First(static choice => choice.Type != JsonSchemaType.Null), name, depth);
        }

        var type = schema.Type & ~JsonSchemaType.Null;
        return schema.Properties is { Count: > 0 } properties ? OfObject(schema, properties, depth)
            : type == JsonSchemaType.Array ? new JsonArray(Of(schema.Items, name, depth + 1))
            : schema.AdditionalProperties is { } value ? new JsonObject { ["0"] = Of(value, name, depth + 1) }
            : Given(name, schema) is { } given ? given.DeepClone()
            : schema.Enum is { Count: > 0 } words ? words[0].DeepClone()
            : type switch
            {
                JsonSchemaType.Integer => 1,
                JsonSchemaType.Number => 0.5,
                JsonSchemaType.Boolean => true,
                JsonSchemaType.String when schema.Format == "date-time" => "2026-01-31T12:00:00+00:00",
                JsonSchemaType.String when schema.Format == "date" => "2026-01-31",
                JsonSchemaType.String when schema.Format == "uri" => "http://node-1:8080/",
                JsonSchemaType.String => name.Length > 0 ? name : "text",
                _ => new JsonObject(),
            };
    }

    // Properties that may be missing are shown if they have a value in the table; null there stands for one made from the schema.
    private static JsonObject OfObject(IOpenApiSchema schema, IDictionary<string, IOpenApiSchema> properties, int depth)
    {
        string owner = (schema as OpenApiSchemaReference)?.Reference.Id ?? "";
        var example = new JsonObject();
        foreach (var (name, property) in properties)
        {
            string key = $"{owner}.{name}";
            if (Values.ContainsKey(key) && Values[key] is { } own)
            {
                example[name] = own.DeepClone();
            }
            else if (Values.ContainsKey(key) || schema.Required?.Contains(name) is true)
            {
                example[name] = Of(property, name, depth + 1);
            }
        }

        return example;
    }

    private static JsonNode? Given(string name, IOpenApiSchema schema)
    {
        var given = Values[name];
        return given is null || schema.Enum is { Count: > 0 } words && !words.Any(word => JsonNode.DeepEquals(word, given)) ? null : given;
    }
}
