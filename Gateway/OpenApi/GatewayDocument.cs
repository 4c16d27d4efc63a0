using System.Text.Json.Nodes;
using ImageToText.Contracts;
using ImageToText.Gateway.Caching;
using ImageToText.Gateway.Dialects.HuggingFace;
using ImageToText.Gateway.Dialects.Ollama;
using ImageToText.Gateway.Dialects.OpenAi;
using ImageToText.Gateway.Dialects.PhotoPrism;
using ImageToText.Gateway.Dialects.StableDiffusion;
using ImageToText.Gateway.Jobs;
using ImageToText.Gateway.Operations;
using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.Gateway.OpenApi;

/// <summary>The OpenAPI document. <c>examples.json</c> has examples of requests that can be sent as they are.</summary>
internal static class GatewayDocument
{
    public static void AddGatewayDocument(this IServiceCollection services)
    {
        // Schemas come from the types that answers are serialized from, by the same rules.
        services.UseContractJson(
            GatewayApiJson.Default,
            NodeApiJson.Default,
            CacheEndpointsJson.Default,
            HuggingFaceJson.Default,
            OpenAiJson.Default,
            OllamaJson.Default,
            VisionJson.Default,
            InterrogationJson.Default,
            JobJson.Default,
            OperationsJson.Default
        );
        services.AddOpenApi(static options =>
            options.DescribeService("ImageToText", "Captions for pictures, priced by the pixel.", Examples())
        );
    }

    private static JsonObject Examples()
    {
        using var stream = typeof(GatewayDocument).Assembly.GetManifestResourceStream("OpenApi/examples.json")!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
