using System.Text.Json.Nodes;

namespace ImageToText.TestSupport;

/// <summary>A chat completion's body that asks for the caption of a picture, as OpenAI's clients send it.</summary>
public static class ChatBody
{
    /// <summary>The body for a PNG.</summary>
    /// <param name="png">The picture.</param>
    /// <param name="fields">Further fields.</param>
    public static JsonObject Of(byte[] png, params (string Name, JsonNode Value)[] fields) => Of(Convert.ToBase64String(png), fields);

    /// <summary>The body for a PNG in base64.</summary>
    /// <param name="base64">The picture.</param>
    /// <param name="fields">Further fields.</param>
    public static JsonObject Of(string base64, params (string Name, JsonNode Value)[] fields) =>
        OfAddress("data:image/png;base64," + base64, fields);

    /// <summary>The body for a picture at an address.</summary>
    /// <param name="address">The address, which may hold the picture itself.</param>
    /// <param name="fields">Further fields.</param>
    public static JsonObject OfAddress(string address, params (string Name, JsonNode Value)[] fields) =>
        new(fields.Select(static field => KeyValuePair.Create(field.Name, (JsonNode?)field.Value)))
        {
            ["messages"] = new JsonArray(
                new JsonObject
                {
                    ["role"] = "user",
                    ["content"] = new JsonArray(
                        new JsonObject
                        {
                            ["type"] = "image_url",
                            ["image_url"] = new JsonObject { ["url"] = address },
                        }
                    ),
                }
            ),
        };
}
