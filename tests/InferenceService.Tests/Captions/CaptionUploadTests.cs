using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ImageToText.InferenceService.Admission;
using ImageToText.InferenceService.Tests.Node;
using ImageToText.InferenceService.Uploads;
using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.InferenceService.Tests.Captions;

/// <summary>Uploads: how much a node takes in, and what it does with a body that ends early.</summary>
public sealed class CaptionUploadTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_more_requests_are_accepted_than_configured()
    {
        await using var node = await TestNode.StartAsync(settings: ("Inference:Admission:MaxRequests", "1"));
        var entered = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        node.Captioner.BeforePiece = (_, cancelled) =>
        {
            entered.TrySetResult();
            return go.Task.WaitAsync(cancelled);
        };
        var first = node.CaptionAsync();
        await entered.Task.WaitAsync(Cancelled);

        using var second = await node.CaptionAsync();
        go.SetResult();

        Assert.Equal(HttpStatusCode.TooManyRequests, second.StatusCode);
        Assert.NotNull(second.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await node.CaptionAsync()).StatusCode);
    }

    [Fact]
    public async Task A_body_whose_announced_length_exceeds_the_limit_is_refused()
    {
        await using var node = await TestNode.StartAsync(settings: ("Inference:Upload:MaxImageBytes", "100000"));
        // The client sends the body only on request, so it can't get in the way of the answer.
        using var patient = new SocketsHttpHandler { Expect100ContinueTimeout = Timeout.InfiniteTimeSpan };
        using var client = new HttpClient(patient)
        {
            BaseAddress = node.Client.BaseAddress,
            DefaultRequestHeaders = { ExpectContinue = true },
        };
        using var form = TestNode.Form(new byte[2_000_000]);
        using var answer = await client.PostAsync("/image-to-text", form, Cancelled);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("""{"detail":{"msg":"File size exceeds limit"}}""", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_picture_one_byte_over_the_limit_is_refused_and_one_at_the_limit_is_not()
    {
        await using var node = await TestNode.StartAsync(settings: ("Inference:Upload:MaxImageBytes", "100000"));
        using var over = await node.CaptionAsync(new byte[100_001]);
        using var at = await node.CaptionAsync(new byte[100_000]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, over.StatusCode);
        Assert.Equal(HttpStatusCode.OK, at.StatusCode);
        Assert.Equal(100_000, Assert.Single(node.Captioner.ImageBytes));
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_cut_off_at_the_limit()
    {
        await using var node = await TestNode.StartAsync(settings: ("Inference:Upload:MaxImageBytes", "100000"));
        using var form = TestNode.Form(new byte[200_000]);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = form };
        request.Headers.TransferEncodingChunked = true;

        using var answer = await node.Client.SendAsync(request, Cancelled);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal(0, node.App.Services.GetRequiredService<UploadBudget>().Taken);
    }

    [Fact]
    public async Task Uploads_share_a_memory_limit()
    {
        await using var node = await TestNode.StartAsync(
            settings: [("Inference:Upload:MaxImageBytes", "1000000"), ("Inference:Upload:MaxBytesInFlight", "2000000")]
        );
        var budget = node.App.Services.GetRequiredService<UploadBudget>();
        // Items of jobs take nothing of it.
        Assert.True(budget.TryTake(1_000_000, yields: true));
        Assert.False(budget.TryTake(1, yields: true));
        Assert.True(budget.TryTake(1_500_000, yields: false));

        using var refused = await node.CaptionAsync(new byte[900_000]);
        budget.Return(1_500_000, yields: false);
        using var taken = await node.CaptionAsync(new byte[900_000]);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
        Assert.Equal(1_000_000, budget.Taken);
    }

    [Theory]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"x\"\r\n\r\nabc")]
    [InlineData("--other\r\n\r\n")]
    [InlineData("--b\r\nno header here\r\n\r\nabc\r\n--b--\r\n")]
    [InlineData("--b\r\nContent-Disposition: form-data; name=\"image\"; filename*\r\n\r\nabc\r\n--b--\r\n")]
    public async Task A_truncated_or_malformed_form_is_refused(string body)
    {
        await using var node = await TestNode.StartAsync();
        using var content = new ByteArrayContent(Encoding.ASCII.GetBytes(body));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");

        using var answer = await node.Client.PostAsync("/image-to-text", content, Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("""{"detail":{"msg":"There was an error parsing the body"}}""", await answer.Content.ReadAsStringAsync(Cancelled));
    }

    [Fact]
    public async Task A_client_that_disconnects_frees_its_slot()
    {
        await using var node = await TestNode.StartAsync();
        var entered = new TaskCompletionSource();
        var left = new TaskCompletionSource();
        node.Captioner.BeforePiece = async (_, cancelled) =>
        {
            entered.TrySetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancelled);
            }
            finally
            {
                left.TrySetResult();
            }
        };
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        using var form = TestNode.Form(TestPictures.Png);
        var request = node.Client.PostAsync("/image-to-text", form, leaving.Token);
        await entered.Task.WaitAsync(Cancelled);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);

        await left.Task.WaitAsync(Cancelled);
        await node.App.Services.GetRequiredService<CaptionAdmission>().Drain().WaitAsync(Cancelled);
        Assert.Equal(0, node.App.Services.GetRequiredService<UploadBudget>().Taken);
    }
}
