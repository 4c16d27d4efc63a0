using System.Text.Json;

namespace ImageToText.InferenceService.Tests.Node;

/// <summary>The node's OpenAPI document is valid and describes every answer.</summary>
public sealed class NodeDocumentTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_document_is_valid_and_complete()
    {
        await using var node = await TestNode.StartAsync(warm: false);
        string document = await node.Client.GetStringAsync("/openapi/v1.json", Cancelled);

        Assert.Empty(ApiDocument.Errors(document));
        Assert.Empty(ApiDocument.Gaps(document));
    }

    [Fact]
    public async Task The_form_has_every_option_of_a_caption()
    {
        await using var node = await TestNode.StartAsync(warm: false);
        using var document = JsonDocument.Parse(await node.Client.GetStringAsync("/openapi/v1.json", Cancelled));
        var form = document
            .RootElement.GetProperty("paths")
            .GetProperty("/image-to-text")
            .GetProperty("post")
            .GetProperty("requestBody")
            .GetProperty("content")
            .GetProperty("multipart/form-data")
            .GetProperty("schema")
            .GetProperty("properties");

        Assert.All(Contracts.CaptionOptionTable.All, option => Assert.True(form.TryGetProperty(option.Name, out _), option.Name));
    }
}
