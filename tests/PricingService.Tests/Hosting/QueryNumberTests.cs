using System.Net;
using System.Net.Http.Json;
using ImageToText.Contracts;

namespace ImageToText.PricingService.Tests.Hosting;

/// <summary>Numbers of a query that can't be read are named.</summary>
public sealed class QueryNumberTests
{
    [Fact]
    public async Task A_number_that_cant_be_read_is_named_with_its_parameter()
    {
        await using var host = await TestPricing.StartAsync();
        using var http = host.Http(TestPricing.ServiceToken);
        foreach (
            var (path, message) in ((string, string)[])
                [
                    ("/quote?width=x&height=10", "width must be a whole number: 'x' can't be read."),
                    ("/quote?width=&height=10", "width is missing."),
                    ("/quote?width=10", "height is missing."),
                    ("/quote?width=10&height=1.5", "height must be a whole number: '1.5' can't be read."),
                    ("/quote?width=10&height=10&num_return_sequences=x", "num_return_sequences must be a whole number: 'x' can't be read."),
                    ("/quote?width=10&height=10&max_price_per_pixel=x", "max_price_per_pixel must be a number: 'x' can't be read."),
                    ("/network?gateway_id=g&since=x", "since must be a whole number: 'x' can't be read."),
                    ("/network?gateway_id=g&wait_seconds=x", "wait_seconds must be a number: 'x' can't be read."),
                    ("/usage/records?after=x", "after must be a whole number: 'x' can't be read."),
                    ("/usage/records?limit=x", "limit must be a whole number: 'x' can't be read."),
                ]
        )
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
            var body = await answer.Content.ReadFromJsonAsync(ContractsJson.Default.ErrorBody, TestContext.Current.CancellationToken);
            Assert.Equal(("invalid_request", message), (body!.Error.Code, body.Error.Message));
        }
    }
}
