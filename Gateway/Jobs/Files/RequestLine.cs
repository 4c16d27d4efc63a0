using System.Text.Json;

namespace ImageToText.Gateway.Jobs.Files;

/// <summary>What a line asks for.</summary>
/// <param name="CustomId">The caller's name for it.</param>
/// <param name="Url">The path of the endpoint.</param>
/// <param name="Body">Where the request's body is in the line.</param>
internal readonly record struct RequestLine(string? CustomId, string? Url, Range Body)
{
    /// <summary>What the picture is called, in lines of our own jobs.</summary>
    public string? Picture { get; init; }

    /// <summary>The text file that gets the caption, in lines of our own jobs; null: none does.</summary>
    public string? Sidecar { get; init; }

    private const int LongestId = 256;

    /// <summary>Reads a line.</summary>
    /// <param name="line">Its bytes.</param>
    /// <param name="read">What it asks for, as far as it can be read.</param>
    /// <returns>Why it can't be run; the ids of other lines are not known here.</returns>
    public static LineFault Read(ReadOnlySpan<byte> line, out RequestLine read)
    {
        string? id = null;
        string? method = null;
        string? url = null;
        Range? body = null;
        bool streams = false;
        string? picture = null;
        string? sidecar = null;
        read = default;
        try
        {
            var json = new Utf8JsonReader(line);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return LineFault.NotJson;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string? name = json.GetString();
                json.Read();
                switch (name)
                {
                    case "custom_id":
                        id = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                        break;
                    case "method":
                        method = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                        break;
                    case "url":
                        url = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                        break;
                    case "picture":
                        picture = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                        break;
                    case "sidecar":
                        sidecar = json.TokenType == JsonTokenType.String ? json.GetString() : null;
                        break;
                    case "body" when json.TokenType == JsonTokenType.StartObject:
                        int start = (int)json.TokenStartIndex;
                        streams = AsksForStream(ref json);
                        body = start..(int)json.BytesConsumed;
                        continue;
                }

                json.Skip();
            }

            // Anything after the object is no part of it, and found by reading on.
            json.Read();
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException)
        {
            read = new RequestLine(id, url, default);
            return LineFault.NotJson;
        }

        read = new RequestLine(id, url, body ?? default) { Picture = picture, Sidecar = sidecar };
        return id is not { Length: > 0 and <= LongestId } ? LineFault.NoId
            : method != "POST" ? LineFault.WrongMethod
            : url is not { Length: > 0 } ? LineFault.NoAddress
            : body is null ? LineFault.NoBody
            : streams ? LineFault.Streams
            : LineFault.None;
    }

    /// <summary>Reads a body to its end.</summary>
    private static bool AsksForStream(ref Utf8JsonReader json)
    {
        bool streams = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            bool isStream = json.ValueTextEquals("stream"u8);
            json.Read();
            streams |= isStream && json.TokenType == JsonTokenType.True;
            json.Skip();
        }

        return streams;
    }
}
