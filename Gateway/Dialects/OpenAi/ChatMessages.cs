using System.Text.Json;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>What counts of a conversation: its last picture and its last question, each wherever it is.</summary>
/// <param name="Picture">Where the picture is: a string in base64, a data URL or a web address; undefined: there is none.</param>
/// <param name="Question">The last text of the user; empty: there is none.</param>
internal readonly record struct ChatMessages(JsonElement Picture, string Question)
{
    /// <summary>Whether there is a picture.</summary>
    public bool HasPicture => Picture.ValueKind != JsonValueKind.Undefined;

    /// <summary>Reads the messages of a body.</summary>
    /// <param name="messages">A list of them; a text counts as one message.</param>
    /// <param name="name">The name of the list.</param>
    /// <exception cref="RefusalException">400: they are no messages, or hold several pictures in one.</exception>
    public static ChatMessages Read(JsonElement messages, string name)
    {
        if (messages.ValueKind == JsonValueKind.String && name == ChatForm.Responses.Messages)
        {
            return new ChatMessages(default, JsonUpload.Text(messages, name)!.Trim());
        }

        if (messages.ValueKind != JsonValueKind.Array || messages.GetArrayLength() == 0)
        {
            throw Refusals.BadRequest($"'{name}' must be a list of messages.", name);
        }

        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object)
            {
                throw Refusals.BadRequest($"Each of '{name}' must be an object.", name);
            }
        }

        var latestFirst = messages.EnumerateArray().Reverse().ToArray();
        return new ChatMessages(
            latestFirst.Select(PictureOf).FirstOrDefault(static picture => picture.ValueKind != JsonValueKind.Undefined),
            latestFirst.Where(IsUsers).Select(TextOf).FirstOrDefault(static text => text.Length > 0) ?? ""
        );
    }

    private static bool IsUsers(JsonElement message) =>
        JsonUpload.Member(message, "role") is not { ValueKind: JsonValueKind.String } role || role.ValueEquals("user");

    private static JsonElement PictureOf(JsonElement message)
    {
        var found = default(JsonElement);
        foreach (var part in PartsOf(message, "image_url", "input_image"))
        {
            if (JsonUpload.Member(part, "file_id").ValueKind != JsonValueKind.Undefined)
            {
                throw Refusals.BadRequest("'file_id' is not known here: send the picture in 'image_url', as a data URL.", "file_id");
            }

            if (found.ValueKind != JsonValueKind.Undefined)
            {
                throw Refusals.BadRequest("More than one picture was sent in a message: send each in its own request.", "messages");
            }

            var address = JsonUpload.Member(part, "image_url");
            found = address.ValueKind == JsonValueKind.Object ? JsonUpload.Member(address, "url") : address;
            if (found.ValueKind != JsonValueKind.String)
            {
                throw Refusals.BadRequest("'image_url' must hold a 'url'.", "messages");
            }
        }

        return found;
    }

    private static string TextOf(JsonElement message)
    {
        var content = JsonUpload.Member(message, "content");
        var texts =
            content.ValueKind == JsonValueKind.String
                ? [JsonUpload.Text(content, "content")]
                : PartsOf(message, "text", "input_text").Select(static part => JsonUpload.Text(JsonUpload.Member(part, "text"), "text"));
        return string.Join('\n', texts).Trim();
    }

    private static IEnumerable<JsonElement> PartsOf(JsonElement message, params string[] types) =>
        JsonUpload.Member(message, "content") is { ValueKind: JsonValueKind.Array } parts
            ? parts
                .EnumerateArray()
                .Where(part =>
                    part.ValueKind == JsonValueKind.Object && types.Contains(JsonUpload.Scalar(JsonUpload.Member(part, "type"), "type"))
                )
            : [];
}
