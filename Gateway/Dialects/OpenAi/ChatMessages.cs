using System.Text.Json;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>What counts of a conversation: its last picture and its last question.</summary>
/// <param name="Picture">Where the picture is: a string in base64, a data URL or a web address.</param>
/// <param name="Question">The last text of the user; empty: there is none.</param>
internal readonly record struct ChatMessages(JsonElement Picture, string Question)
{
    /// <summary>Reads the messages of a body.</summary>
    /// <exception cref="RefusalException">400: they are no messages, hold no picture, or several in one.</exception>
    public static ChatMessages Read(JsonElement messages)
    {
        if (messages.ValueKind != JsonValueKind.Array)
        {
            throw Refusals.BadRequest("'messages' must be a list of messages.", "messages");
        }

        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object)
            {
                throw Refusals.BadRequest("Each of 'messages' must be an object.", "messages");
            }
        }

        var latestFirst = messages.EnumerateArray().Reverse().ToArray();
        return new ChatMessages(
            latestFirst.Select(PictureOf).FirstOrDefault(static picture => picture.ValueKind != JsonValueKind.Undefined) is var picture
            && picture.ValueKind != JsonValueKind.Undefined
                ? picture
                : throw Refusals.MissingPicture("messages, as a part of type image_url"),
            latestFirst.Where(IsUsers).Select(TextOf).FirstOrDefault(static text => text.Length > 0) ?? ""
        );
    }

    private static bool IsUsers(JsonElement message) =>
        Member(message, "role") is not { ValueKind: JsonValueKind.String } role || role.ValueEquals("user");

    private static JsonElement PictureOf(JsonElement message)
    {
        var found = default(JsonElement);
        foreach (var part in PartsOf(message, "image_url"))
        {
            if (found.ValueKind != JsonValueKind.Undefined)
            {
                throw Refusals.BadRequest("More than one picture was sent in a message: send each in its own request.", "messages");
            }

            var address = Member(part, "image_url");
            found = address.ValueKind == JsonValueKind.Object ? Member(address, "url") : address;
            if (found.ValueKind != JsonValueKind.String)
            {
                throw Refusals.BadRequest("'image_url' must hold a 'url'.", "messages");
            }
        }

        return found;
    }

    private static string TextOf(JsonElement message)
    {
        var content = Member(message, "content");
        var texts =
            content.ValueKind == JsonValueKind.String
                ? [JsonUpload.Text(content, "content")]
                : PartsOf(message, "text").Select(static part => JsonUpload.Text(Member(part, "text"), "text"));
        return string.Join('\n', texts).Trim();
    }

    private static IEnumerable<JsonElement> PartsOf(JsonElement message, string type) =>
        Member(message, "content") is { ValueKind: JsonValueKind.Array } parts
            ? parts
                .EnumerateArray()
                .Where(part => part.ValueKind == JsonValueKind.Object && JsonUpload.Scalar(Member(part, "type"), "type") == type)
            : [];

    private static JsonElement Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : default;
}
