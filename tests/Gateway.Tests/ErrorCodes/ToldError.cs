using System.Text.Json.Nodes;

namespace ImageToText.Gateway.Tests.ErrorCodes;

/// <summary>What an error says, whatever the dialect.</summary>
/// <param name="Message">For people.</param>
/// <param name="Code">For programs; null: the dialect has none.</param>
/// <param name="Param">What is at fault; null: nothing in particular.</param>
internal sealed record ToldError(string Message, string? Code, string? Param)
{
    /// <summary>Reads an error's body.</summary>
    public static ToldError Read(JsonNode body)
    {
        var error = body["error"] ?? (body["type"] is JsonValue type && type.ToString() == "error" ? body : null);
        if (body["detail"] is JsonValue detail)
        {
            return new((string)detail!, (string?)error, null);
        }

        return error switch
        {
            JsonObject detailed => new(
                (string)detailed["message"]!,
                detailed["code"] is JsonValue code ? code.ToString() : null,
                (string?)detailed["param"]
            ),
            _ => new((string)error!, (string?)body["error_type"], (string?)body["param"]),
        };
    }

    /// <summary>Finds the error in an answer: alone, in a batch, or at the end of a stream.</summary>
    public static ToldError InAnswer(string answer)
    {
        if (!answer.StartsWith("data:", StringComparison.Ordinal) && !answer.StartsWith("event:", StringComparison.Ordinal))
        {
            var body = JsonNode.Parse(answer)!;
            return Read(body["results"] is JsonArray results ? results[0]! : body);
        }

        string last = answer
            .Split('\n')
            .Last(static line =>
                line.StartsWith("data: {", StringComparison.Ordinal) && line.Contains("\"error\"", StringComparison.Ordinal)
            );
        return Read(JsonNode.Parse(last["data: ".Length..])!);
    }
}
