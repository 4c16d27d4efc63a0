namespace ImageToText.Client.Tests;

/// <summary>Whatever listens at the address, the caller gets one kind of exception that says what went wrong.</summary>
public sealed class HostileAnswerTests
{
    private static readonly Picture Square = new(Pictures.Png(8, 8));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("application/json", "")]
    [InlineData("application/json", "null")]
    [InlineData("application/json", "[]")]
    [InlineData("application/json", "7")]
    [InlineData("application/json", "{}")]
    [InlineData("application/json", "{\"text\":null}")]
    [InlineData("application/json", "{\"text\":7}")]
    [InlineData("application/json", "{\"text\":\"a picture\"")]
    [InlineData("application/json", "{\"text\":\"a\",\"details\":{}}")]
    [InlineData("application/json", "{\"text\":\"a\",\"details\":{\"sequences\":null,\"confidence\":1,\"image\":{},\"timings\":{}}}")]
    [InlineData("text/html", "<html><body>Welcome to nginx!</body></html>")]
    [InlineData("application/octet-stream", "\0\u0001\u0002")]
    public async Task Malformed_captions_are_invalid_answers(string contentType, string body)
    {
        using var handler = new StubHandler(() => StubHandler.Answer(200, contentType, body));
        var error = await Assert.ThrowsAsync<ImageToTextException>(() =>
            handler.Client().CaptionAsync(Square, cancellationToken: Cancelled)
        );
        Assert.Equal(ClientErrorCode.InvalidAnswer, error.Code);
        Assert.Contains("gateway.test", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: {\"text\":null}\n\n", ClientErrorCode.InvalidAnswer)]
    [InlineData("data: {\n\n", ClientErrorCode.InvalidAnswer)]
    [InlineData("event: caption\ndata: {}\n\n", ClientErrorCode.InvalidAnswer)]
    [InlineData("event: error\ndata: nothing\n\n", ClientErrorCode.InvalidAnswer)]
    [InlineData(
        "event: error\ndata: {\"error\":{\"message\":\"The node failed.\",\"code\":\"caption_failed\",\"request_id\":\"r\"}}\n\n",
        "caption_failed"
    )]
    [InlineData("event: error\ndata: {}\n\n", ClientErrorCode.Unexplained)]
    [InlineData("", ClientErrorCode.Unreachable)]
    [InlineData("data: {\"text\":\"a \"}\n\n", ClientErrorCode.Unreachable)]
    public async Task Streams_without_a_final_caption_end_with_an_exception(string events, string code)
    {
        using var handler = new StubHandler(() => StubHandler.Answer(200, "text/event-stream", events));
        var error = await Assert.ThrowsAsync<ImageToTextException>(() => ReadAsync(handler.Client()));
        Assert.Equal(code, error.Code);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task An_endless_answer_is_abandoned_at_a_limit(string contentType)
    {
        using var handler = new StubHandler(() => StubHandler.Answer(200, contentType, new RepeatingStream((byte)' ')));
        var error = await Assert.ThrowsAsync<ImageToTextException>(() => ReadAsync(handler.Client()));
        Assert.Equal(ClientErrorCode.InvalidAnswer, error.Code);
    }

    [Theory]
    [InlineData(500, "text/html", "<h1>Internal Server Error</h1>", ClientErrorCode.Unexplained, "HTTP 500")]
    [InlineData(404, "text/plain", "", ClientErrorCode.Unexplained, "HTTP 404")]
    [InlineData(400, "application/json", "{\"error\":{\"message\":7,\"code\":[]}}", ClientErrorCode.Unexplained, "HTTP 400")]
    [InlineData(400, "application/json", "{\"error\":\"Bad picture.\",\"code\":\"invalid_image\"}", "invalid_image", "Bad picture.")]
    [InlineData(422, "application/json", "{\"detail\":{\"msg\":\"Not for me.\"}}", ClientErrorCode.Unexplained, "Not for me.")]
    [InlineData(
        402,
        "application/json",
        "{\"error\":{\"message\":\"Too dear.\",\"code\":\"price_above_cap\",\"cheapest_price_per_pixel\":1e400}}",
        "price_above_cap",
        "Too dear."
    )]
    public async Task Refusals_of_any_shape_are_reported_with_whatever_can_be_read(
        int status,
        string contentType,
        string body,
        string code,
        string words
    )
    {
        using var handler = new StubHandler(() => StubHandler.Answer(status, contentType, body));
        var error = await Assert.ThrowsAsync<ImageToTextException>(() =>
            handler.Client().CaptionAsync(Square, cancellationToken: Cancelled)
        );
        Assert.Equal((code, status), (error.Code, (int)error.StatusCode!));
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Null(error.CheapestPricePerPixel);
    }

    [Fact]
    public async Task An_endless_refusal_is_reported_with_its_status()
    {
        using var handler = new StubHandler(() => StubHandler.Answer(418, "application/json", new RepeatingStream((byte)'[')));
        var error = await Assert.ThrowsAsync<ImageToTextException>(() =>
            handler.Client().CaptionAsync(Square, cancellationToken: Cancelled)
        );
        Assert.Equal((ClientErrorCode.Unexplained, 418), (error.Code, (int)error.StatusCode!));
    }

    [Theory]
    [InlineData("{\"results\":[],\"cost_usd\":0}")]
    [InlineData("{\"results\":null,\"cost_usd\":0}")]
    [InlineData("{\"results\":[{\"index\":0,\"request_id\":\"r\",\"status\":200,\"cost_usd\":0}],\"cost_usd\":0}")]
    public async Task A_batch_with_fewer_answers_than_pictures_is_an_invalid_answer(string body)
    {
        using var handler = new StubHandler(() => StubHandler.Answer(200, "application/json", body));
        var error = await Assert.ThrowsAsync<ImageToTextException>(() =>
            handler.Client().CaptionBatchAsync([Square], cancellationToken: Cancelled)
        );
        Assert.Equal(ClientErrorCode.InvalidAnswer, error.Code);
    }

    [Fact]
    public async Task Incomplete_quotes_models_and_usage_are_invalid_answers()
    {
        using var handler = new StubHandler(() => StubHandler.Answer(200, "application/json", "{}"));
        var client = handler.Client();
        Assert.All(
            await Task.WhenAll(
                Assert.ThrowsAsync<ImageToTextException>(() => client.GetQuoteAsync(1, 1, cancellationToken: Cancelled)),
                Assert.ThrowsAsync<ImageToTextException>(() => client.GetModelsAsync(Cancelled)),
                Assert.ThrowsAsync<ImageToTextException>(() => client.GetModelAsync("org/name", Cancelled)),
                Assert.ThrowsAsync<ImageToTextException>(() => client.GetUsageAsync(cancellationToken: Cancelled))
            ),
            static error => Assert.Equal(ClientErrorCode.InvalidAnswer, error.Code)
        );
    }

    [Fact]
    public async Task A_plain_gateway_without_prices_or_streams_is_good_enough()
    {
        using var handler = new StubHandler(() =>
        {
            var answer = StubHandler.Answer(200, "application/json", """{"text":"a picture"}""");
            answer.Headers.TryAddWithoutValidation("x-cost-usd", "cheap");
            return answer;
        });
        var caption = await ReadAsync(handler.Client());
        Assert.Equal("a picture", caption!.Text);
        Assert.Null(caption.Receipt.CostUsd);
    }

    private static async Task<Caption?> ReadAsync(ImageToTextClient client)
    {
        Caption? whole = null;
        await foreach (var update in client.StreamCaptionAsync(Square, cancellationToken: Cancelled))
        {
            whole = update.Whole;
        }

        return whole;
    }
}
