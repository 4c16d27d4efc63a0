namespace ImageToText.PricingService.Tests.Hosting;

/// <summary>The pricing service's OpenAPI document is valid and describes every answer.</summary>
public sealed class PricingDocumentTests
{
    [Fact]
    public async Task The_document_is_valid_and_complete()
    {
        await using var pricing = await TestPricing.StartAsync();
        using var http = new HttpClient { BaseAddress = pricing.Address };

        // Open to everyone, like the gateway's: it tells no secrets.
        string document = await http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken);

        Assert.Empty(ApiDocument.Errors(document));
        Assert.Empty(ApiDocument.Gaps(document));
    }
}
