using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Contracts;
using ImageToText.Gateway.Dialects.HuggingFace;
using ImageToText.Gateway.Dialects.Ollama;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Dialects.PhotoPrism;
using ImageToText.Gateway.Dialects.StableDiffusion;

namespace ImageToText.Gateway.Dialects;

/// <summary>
/// JSON whose texts people can read: <c>can't</c> and <c>café</c>, not <c>can\u0027t</c> and <c>caf\u00E9</c>. By default .NET escapes
/// whatever could mean something inside a web page; answers are never part of one.
/// </summary>
internal static class PlainJson
{
    public static GatewayApiJson Gateway { get; } = new(Of(GatewayApiJson.Default));

    public static NodeApiJson Node { get; } = new(Of(NodeApiJson.Default));

    public static HuggingFaceJson HuggingFace { get; } = new(Of(HuggingFaceJson.Default));

    public static OllamaJson Ollama { get; } = new(Of(OllamaJson.Default));

    public static OpenAiJson OpenAi { get; } = new(Of(OpenAiJson.Default));

    public static VisionJson Vision { get; } = new(Of(VisionJson.Default));

    public static InterrogationJson Interrogation { get; } = new(Of(InterrogationJson.Default));

    private static JsonSerializerOptions Of(JsonSerializerContext context) =>
        new(context.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
