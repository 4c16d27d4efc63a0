using ImageToText.Client.Chat;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.Client.Tests;

/// <summary>The client against the whole service in its own process, with the starter model.</summary>
public sealed class StandaloneTests : IAsyncLifetime
{
    private static readonly string Cat = Path.Combine(StandaloneProcess.Samples, "cat.png");

    private ServingProcess _process = null!;
    private ServiceProvider _services = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private IImageToTextClient Client => _services.GetRequiredService<IImageToTextClient>();

    public async ValueTask InitializeAsync()
    {
        _process = await ServingProcess.StartAsync(Cancelled);
        var services = new ServiceCollection();
        services.AddImageToTextClient(options => options.Endpoint = _process.Address);
        _services = services.BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _process.DisposeAsync();
    }

    [Fact]
    public async Task Captions_streams_batches_quotes_models_usage_and_chat()
    {
        var cat = await Picture.FromFileAsync(Cat, Cancelled);
        var caption = await Client.CaptionAsync(cat, new CaptionOptions { Details = true }, Cancelled);
        Assert.Contains("cat", caption.Text, StringComparison.Ordinal);
        Assert.InRange(caption.Details!.Confidence, 0.000001, 1);
        Assert.Equal("miss", caption.Receipt.Cache);

        string pieces = "";
        Caption? whole = null;
        await foreach (var update in Client.StreamCaptionAsync(cat, new CaptionOptions { Cache = CacheUse.None }, Cancelled))
        {
            pieces += update.Piece?.Text;
            whole = update.Whole ?? whole;
        }

        Assert.Equal((caption.Text, caption.Text, "miss"), (pieces.Trim(), whole!.Text, whole.Receipt.Cache));

        var batch = await Client.CaptionBatchAsync([cat, new Picture(Array.Empty<byte>(), "empty.jpg")], cancellationToken: Cancelled);
        Assert.Equal(caption.Text, batch.Results[0].Result?.Text);
        Assert.InRange(batch.Results[1].Status, 400, 422);

        var quote = await Client.GetQuoteAsync(caption.Details.Image.Width, caption.Details.Image.Height, cancellationToken: Cancelled);
        Assert.Equal(caption.Receipt.CostUsd, quote.Offers.Single().CostUsd);
        var models = await Client.GetModelsAsync(Cancelled);
        Assert.Equal("starter", models.DefaultModelId);
        Assert.Equal("starter", (await Client.GetModelAsync("starter", Cancelled)).ModelId);
        var usage = await Client.GetUsageAsync(cancellationToken: Cancelled);
        Assert.Equal(
            (3L, caption.Receipt.CostUsd + whole.Receipt.CostUsd + batch.CostUsd),
            (usage.Report.Total.Captions, (decimal?)usage.Report.Total.CostUsd)
        );

        using var chat = Client.AsChatClient();
        var message = new ChatMessage(
            ChatRole.User,
            [new TextContent("What is it?"), await DataContent.LoadFromAsync(Cat, "image/png", Cancelled)]
        );
        var answer = await chat.GetResponseAsync([message], cancellationToken: Cancelled);
        Assert.Equal(caption.Text, answer.Text);
        Assert.Equal(caption.Details.Sequences[0].TokenIds.Count, answer.Usage!.OutputTokenCount);
        Assert.InRange(
            Assert.IsType<decimal>(answer.AdditionalProperties![ImageToTextChatClient.CostUsd]),
            0,
            caption.Receipt.CostUsd!.Value
        );

        var streamed = await chat.GetStreamingResponseAsync(
                [message],
                new ChatOptions { AdditionalProperties = new() { ["caption_prefix"] = "a photo of" } },
                Cancelled
            )
            .ToChatResponseAsync(Cancelled);
        Assert.StartsWith("a photo of", streamed.Text.Trim(), StringComparison.Ordinal);
        Assert.Equal("starter", streamed.ModelId);
        Assert.True(streamed.FinishReason == ChatFinishReason.Stop || streamed.FinishReason == ChatFinishReason.Length);
        Assert.True(streamed.Usage!.OutputTokenCount > 0);
    }
}
