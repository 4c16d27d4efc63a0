using Microsoft.OpenApi;

namespace ImageToText.TestSupport;

/// <summary>A service's OpenAPI document.</summary>
public static class ApiDocument
{
    private static readonly Dictionary<string, OpenApiMediaType> NoContent = [];

    /// <summary>Finds what makes a document invalid; empty: nothing.</summary>
    public static IReadOnlyList<string> Errors(string json)
    {
        var read = OpenApiDocument.Parse(json, OpenApiConstants.Json);
        return
        [
            .. read.Diagnostic!.Errors.Select(static error => error.ToString()),
            .. read.Diagnostic.Warnings.Select(static warning => warning.ToString()),
            .. read.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()).Select(static error => error.ToString()!),
        ];
    }

    /// <summary>Finds answers, refusals and bodies without a schema, an example or a description; empty: all have them.</summary>
    public static IReadOnlyList<string> Gaps(string json)
    {
        var faults = new List<string>();
        foreach (var (path, item) in OpenApiDocument.Parse(json, OpenApiConstants.Json).Document!.Paths)
        {
            foreach (var (method, operation) in item.Operations!)
            {
                string at = $"{method} {path}";
                if (string.IsNullOrWhiteSpace(operation.Summary))
                {
                    faults.Add($"{at} has no summary");
                }

                foreach (var (type, media) in operation.RequestBody?.Content ?? NoContent)
                {
                    Check($"{at} body {type}", media.Schema, media.Examples is { Count: > 0 });
                }

                foreach (var (status, response) in operation.Responses!)
                {
                    foreach (var (type, media) in response.Content ?? NoContent)
                    {
                        Check($"{at} {status} {type}", media.Schema, media.Example is not null);
                    }

                    if (string.IsNullOrWhiteSpace(response.Description) || response.Content is not { Count: > 0 } && status != "204")
                    {
                        faults.Add($"{at} {status} says nothing");
                    }
                }
            }
        }

        return faults;

        void Check(string at, IOpenApiSchema? schema, bool hasExample)
        {
            if (!hasExample || !SaysWhatItHolds(schema))
            {
                faults.Add($"{at} has no {(hasExample ? "schema" : "example")}");
            }
        }
    }

    private static bool SaysWhatItHolds(IOpenApiSchema? schema) =>
        schema is { Properties.Count: > 0 }
        || (schema?.Type & JsonSchemaType.Array) == JsonSchemaType.Array && SaysWhatItHolds(schema!.Items)
        || schema?.Type == JsonSchemaType.String;
}
