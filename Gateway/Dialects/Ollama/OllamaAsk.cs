using System.Text.Json;
using System.Text.RegularExpressions;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>
/// What a body of /api/generate or /api/chat asks for. Clients send a dozen fields that only Ollama's own engine knows, such as
/// template, raw, context and think; they are neither read nor refused.
/// </summary>
internal sealed partial record OllamaAsk
{
    /// <summary>Whether the answer is a message.</summary>
    public bool IsChat { get; private init; }

    /// <summary>The model's name as it was sent; null: none.</summary>
    public string? Model { get; private init; }

    /// <summary>Whether the answer comes line by line, as it does unless told otherwise.</summary>
    public bool Stream { get; private init; } = true;

    /// <summary>The picture in base64, as a data URL or a web address; undefined: there is none.</summary>
    public JsonElement Picture { get; private init; }

    /// <summary>The last text of the user; empty: none.</summary>
    public string Text { get; private init; } = "";

    /// <summary>Whether the model need not stay loaded for this caller.</summary>
    public bool LetsGo { get; private init; }

    /// <summary>How to write the caption as JSON; null: as plain text.</summary>
    public JsonCaption? Format { get; private init; }

    /// <summary>The options.</summary>
    public required CaptionParameters Parameters { get; init; }

    /// <summary>Whether there is a picture.</summary>
    public bool HasPicture => Picture.ValueKind != JsonValueKind.Undefined;

    /// <summary>Reads a body.</summary>
    /// <exception cref="RefusalException">400 or 422.</exception>
    public static OllamaAsk Read(JsonElement root, bool isChat)
    {
        var (picture, text) = isChat ? ConversationOf(JsonUpload.Member(root, "messages")) : (PictureOf(root), TextOf(root));
        return new OllamaAsk
        {
            IsChat = isChat,
            Model = NameOf(root),
            Stream = StreamOf(root),
            Picture = picture,
            Text = text.Trim(),
            LetsGo =
                JsonUpload.Member(root, "keep_alive") is { ValueKind: JsonValueKind.Number or JsonValueKind.String } span
                && NoTime().IsMatch(span.ToString()),
            Format = FormatOf(JsonUpload.Member(root, "format")),
            Parameters = OllamaParameters.Read(JsonUpload.Member(root, "options")),
        };
    }

    /// <summary>The model that a body names, as 'model' or, from older clients, as 'name'; null: none.</summary>
    public static string? NameOf(JsonElement root) =>
        (JsonUpload.Text(JsonUpload.Member(root, "model"), "model") ?? JsonUpload.Text(JsonUpload.Member(root, "name"), "name")) is { } name
        && !string.IsNullOrWhiteSpace(name)
            ? name.Trim()
            : null;

    /// <summary>Whether an answer is wanted line by line, as it is unless a body says otherwise.</summary>
    /// <exception cref="RefusalException">422: neither true nor false.</exception>
    public static bool StreamOf(JsonElement root) =>
        JsonUpload.Member(root, "stream") is not { ValueKind: not JsonValueKind.Undefined } stream
        || CaptionParameters.ReadBoolean("stream", JsonUpload.Scalar(stream, "stream"));

    // The last picture and the last question count, each wherever it is.
    private static (JsonElement Picture, string Text) ConversationOf(JsonElement messages)
    {
        if (messages.ValueKind == JsonValueKind.Undefined)
        {
            return (default, "");
        }

        if (
            messages.ValueKind != JsonValueKind.Array
            || messages.EnumerateArray().Any(static message => message.ValueKind != JsonValueKind.Object)
        )
        {
            throw Refusals.BadRequest("'messages' must be a list of messages.", "messages");
        }

        var latestFirst = messages.EnumerateArray().Reverse().ToArray();
        return (
            latestFirst.Select(PictureOf).FirstOrDefault(static picture => picture.ValueKind != JsonValueKind.Undefined),
            latestFirst
                .Where(static message =>
                    JsonUpload.Member(message, "role") is { ValueKind: JsonValueKind.String } role && role.ValueEquals("user")
                )
                .Select(static message => JsonUpload.Text(JsonUpload.Member(message, "content"), "content"))
                .FirstOrDefault(static text => !string.IsNullOrWhiteSpace(text))
                ?? ""
        );
    }

    private static JsonElement PictureOf(JsonElement holder)
    {
        var images = JsonUpload.Member(holder, "images");
        return images.ValueKind switch
        {
            JsonValueKind.Undefined => default,
            JsonValueKind.Array when images.GetArrayLength() == 0 => default,
            JsonValueKind.Array when images.GetArrayLength() == 1 => images[0],
            JsonValueKind.Array => throw Refusals.BadRequest(
                "More than one picture was sent in 'images': send each in its own request.",
                "images"
            ),
            _ => throw Refusals.BadRequest("'images' must be a list with one picture in base64.", "images"),
        };
    }

    // Some programs put everything that they have to say into 'system'.
    private static string TextOf(JsonElement root) =>
        JsonUpload.Text(JsonUpload.Member(root, "prompt"), "prompt") is { } prompt && !string.IsNullOrWhiteSpace(prompt) ? prompt
        : JsonUpload.Member(root, "images").ValueKind == JsonValueKind.Array
            ? JsonUpload.Text(JsonUpload.Member(root, "system"), "system") ?? ""
        : "";

    private static JsonCaption? FormatOf(JsonElement format) =>
        format.ValueKind switch
        {
            JsonValueKind.Undefined => null,
            JsonValueKind.String when format.ValueEquals("") => null,
            JsonValueKind.String when format.ValueEquals("json") => JsonCaption.Any,
            JsonValueKind.Object => JsonCaption.Of(format, "format"),
            _ => throw Refusals.BadRequest("'format' must be \"json\" or a JSON schema.", "format"),
        };

    [GeneratedRegex(@"^\s*[+-]?(0+(\.0*)?(ns|us|µs|ms|s|m|h)?)+\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex NoTime();
}
