using System.Globalization;
using System.Text.Json.Nodes;
using ImageToText.Contracts;
using Microsoft.OpenApi;

namespace ImageToText.ServiceDefaults.OpenApi;

/// <summary>Caption options, as described in the OpenAPI document.</summary>
internal static class CaptionOptionSchema
{
    /// <summary>An option's schema.</summary>
    public static OpenApiSchema Of(CaptionOption option)
    {
        var schema = new OpenApiSchema
        {
            Type = option.Kind switch
            {
                CaptionOptionKind.Integer or CaptionOptionKind.LongInteger => JsonSchemaType.Integer,
                CaptionOptionKind.Number => JsonSchemaType.Number,
                CaptionOptionKind.Boolean => JsonSchemaType.Boolean,
                CaptionOptionKind.Choice when HasTruth(option) => null,
                _ => JsonSchemaType.String,
            },
            Format = option.Kind switch
            {
                CaptionOptionKind.Integer => "int32",
                CaptionOptionKind.LongInteger => "int64",
                CaptionOptionKind.Number => "float",
                _ => null,
            },
            Description = option.Explanation,
            Maximum = option.Most?.ToString(CultureInfo.InvariantCulture),
            Default = option.Default is { } text && option.Read(text, out var value) == CaptionOptionFault.None ? value : null,
        };
        string? least = option.Least?.ToString(CultureInfo.InvariantCulture);
        if (option.IsAboveLeast)
        {
            schema.ExclusiveMinimum = least;
        }
        else
        {
            schema.Minimum = least;
        }

        if (HasTruth(option))
        {
            schema.OneOf =
            [
                new OpenApiSchema { Type = JsonSchemaType.Boolean },
                Words(option.Choices.Where(static choice => choice is not ("true" or "false"))),
            ];
        }
        else if (option.Kind == CaptionOptionKind.Colour)
        {
            schema.Pattern = $"^({string.Join('|', option.Choices)}|#[0-9A-Fa-f]{{6}})$";
        }
        else if (option.Kind == CaptionOptionKind.Choice)
        {
            schema.Enum = [.. option.Choices.Select(static choice => JsonValue.Create(choice))];
        }

        return schema;
    }

    private static bool HasTruth(CaptionOption option) => option.Choices.Contains("true");

    private static OpenApiSchema Words(IEnumerable<string> words) =>
        new() { Type = JsonSchemaType.String, Enum = [.. words.Select(static word => JsonValue.Create(word))] };
}
