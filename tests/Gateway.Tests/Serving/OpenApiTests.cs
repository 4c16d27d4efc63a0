using ImageToText.Gateway.Tests.StandIns;
using Microsoft.OpenApi;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>The OpenAPI document is valid and describes every answer.</summary>
public sealed class OpenApiTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_valid()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        string text = await http.GetStringAsync("/openapi/v1.json", Cancelled);
        var read = OpenApiDocument.Parse(text, OpenApiConstants.Json);
        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.Empty(read.Document!.Validate(ValidationRuleSet.GetDefaultRuleSet()));
    }

    [Fact]
    public async Task Every_answer_and_refusal_has_a_schema_and_an_example()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client();
        var document = OpenApiDocument.Parse(await http.GetStringAsync("/openapi/v1.json", Cancelled), OpenApiConstants.Json).Document!;
        var faults = new List<string>();
        foreach (var (path, item) in document.Paths)
        {
            foreach (var (method, operation) in item.Operations!)
            {
                foreach (var (status, response) in operation.Responses!)
                {
                    foreach (var (type, media) in response.Content ?? new Dictionary<string, OpenApiMediaType>())
                    {
                        if (media.Example is null || !SaysWhatItHolds(media.Schema))
                        {
                            faults.Add($"{method} {path} {status} {type}");
                        }
                    }

                    if (response.Content is not { Count: > 0 } || string.IsNullOrWhiteSpace(response.Description))
                    {
                        faults.Add($"{method} {path} {status}");
                    }
                }
            }
        }

        Assert.True(faults.Count == 0, string.Join(Environment.NewLine, faults));
    }

    [Fact]
    public async Task A_generated_client_captions_a_picture_and_reads_refusals()
    {
        await using var cluster = await TestCluster.BuildAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        var client = await GeneratedClient.BuildAsync(await http.GetStringAsync("/openapi/v1.json", Cancelled), Cancelled);
        string address = http.BaseAddress!.ToString().TrimEnd('/');

        string caption = await (Task<string>)client.GetMethod("CaptionAsync")!.Invoke(null, [http, address, Pictures.Png(64, 64), 3])!;
        Assert.Equal("a picture", caption);
        Assert.Equal("3", cluster.Nodes[0].Behaviour.LastForm["num_beams"]);

        string refusal = await (Task<string>)client.GetMethod("RefusalAsync")!.Invoke(null, [http, address])!;
        Assert.Equal("404 model_not_found", refusal);
    }

    private static bool SaysWhatItHolds(IOpenApiSchema? schema) =>
        schema is { Properties.Count: > 0 }
        || (schema?.Type & JsonSchemaType.Array) == JsonSchemaType.Array && SaysWhatItHolds(schema!.Items)
        || schema?.Type == JsonSchemaType.String;
}
