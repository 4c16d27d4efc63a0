using System.Net;
using ImageToText.Captioning;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Tests.Node;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.InferenceService.Tests.Captions;

public sealed class CaptionStreamTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stream_has_the_pieces_and_then_the_whole_caption()
    {
        await using var node = await TestNode.StartAsync();

        using var answer = await node.CaptionAsync(("stream", "true"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("revision-of-tester/cats", answer.Headers.GetValues("x-model-revision").Single());
        Assert.Equal(
            """
            data: {"text":"a cat","token_id":100,"log_probability":-0.5}

            data: {"text":" on a mat","token_id":101,"log_probability":-0.5}

            event: caption
            data: {"text":"a cat on a mat","model_id":"tester/cats","details":{"sequences":[{"text":"a cat on a mat","token_ids":[100,101],"log_probabilities":[-0.5,-0.25,-0.125],"score":-0.75,"finish_reason":"stop"}],"confidence":0.5,"image":{"width":512,"height":384,"format":"png"},"timings":{"queue":1.5,"decode":2,"preprocess":3,"encode":4,"generate":5.25}}}


            """.ReplaceLineEndings("\n"),
            await answer.Content.ReadAsStringAsync(Cancelled)
        );
    }

    [Fact]
    public async Task A_piece_is_sent_as_soon_as_it_is_ready()
    {
        await using var node = await TestNode.StartAsync();
        var go = new TaskCompletionSource();
        node.Captioner.BeforePiece = (piece, cancelled) => piece == 1 ? go.Task.WaitAsync(cancelled) : Task.CompletedTask;
        using var form = TestNode.Form(TestPictures.Png, ("stream", "1"));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = form };

        using var answer = await node.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancelled));
        Assert.StartsWith("data: {\"text\":\"a cat\"", await reader.ReadLineAsync(Cancelled), StringComparison.Ordinal);

        go.SetResult();
        Assert.Contains("event: caption", await reader.ReadToEndAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failure_before_the_first_piece_is_an_ordinary_error()
    {
        await using var node = await TestNode.StartAsync();
        node.Captioner.Refusal = new ImageException(ImageFault.Corrupt, "Broken.");

        using var answer = await node.CaptionAsync(("stream", "true"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Equal(
            """{"detail":[{"loc":["body","image"],"msg":"Broken.","type":"invalid_image"}]}""",
            await answer.Content.ReadAsStringAsync(Cancelled)
        );
    }

    [Fact]
    public async Task A_later_failure_is_reported_in_the_stream()
    {
        await using var node = await TestNode.StartAsync();
        node.Captioner.BeforePiece = (piece, _) => piece == 1 ? throw new InvalidOperationException("secret insides") : Task.CompletedTask;

        using var answer = await node.CaptionAsync(("stream", "true"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.EndsWith(
            "\n\nevent: error\ndata: {\"status\":500,\"detail\":{\"msg\":\"Image-to-text pipeline error.\"}}\n\n",
            await answer.Content.ReadAsStringAsync(Cancelled),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_reader_that_disconnects_frees_its_slot()
    {
        await using var node = await TestNode.StartAsync();
        node.Captioner.BeforePiece = (piece, cancelled) => piece == 1 ? Task.Delay(Timeout.Infinite, cancelled) : Task.CompletedTask;
        using var form = TestNode.Form(TestPictures.Png, ("stream", "true"));
        using (var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = form })
        {
            using var answer = await node.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancelled));
            Assert.NotNull(await reader.ReadLineAsync(Cancelled));
        }

        await node.App.Services.GetRequiredService<CaptionAdmission>().Drain().WaitAsync(Cancelled);
    }
}
