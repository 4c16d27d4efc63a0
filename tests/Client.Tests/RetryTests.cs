using System.Globalization;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Client.Tests;

/// <summary>What is retried, when and how often, on a clock that moves only when the test says so.</summary>
public sealed class RetryTests
{
    private static readonly Picture Square = new(Pictures.Png(8, 8));

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("7")]
    [InlineData("Sat, 31 Jan 2026 12:00:07 GMT")]
    public async Task It_retries_when_Retry_After_says(string retryAfter)
    {
        using var handler = new StubHandler(
            () => StubHandler.Busy(retryAfter),
            static () => StubHandler.Answer(200, "application/json", """{"text":"a picture"}""")
        );
        var asked = Client(handler).CaptionAsync(Square, cancellationToken: Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Equal(1, handler.Received);
        Assert.False(asked.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("a picture", (await asked).Text);
        Assert.Equal(2, handler.Received);
    }

    [Fact]
    public async Task It_gives_up_after_the_last_attempt_with_the_services_own_message()
    {
        using var handler = new StubHandler(static () => StubHandler.Busy("1"));
        var asked = Client(handler).CaptionAsync(Square, cancellationToken: Cancelled);
        for (int i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        var error = await Assert.ThrowsAsync<ImageToTextException>(() => asked);
        Assert.Equal(4, handler.Received);
        Assert.Equal(("overloaded", "r1", TimeSpan.FromSeconds(1)), (error.Code, error.RequestId, error.RetryAfter));
        Assert.Equal("Every node is busy.", error.Message);
        Assert.True(error.IsTransient);
    }

    [Theory]
    [InlineData("61")]
    [InlineData("999999999999")]
    [InlineData("Fri, 31 Dec 9999 23:59:59 GMT")]
    public async Task A_pause_that_is_too_long_is_left_to_the_caller(string retryAfter)
    {
        using var handler = new StubHandler(() => StubHandler.Busy(retryAfter), static () => StubHandler.Busy("1"));
        var asked = Client(handler, static options => options.MaxRetries = 1).CaptionAsync(Square, cancellationToken: Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(2));
        var error = await Assert.ThrowsAsync<ImageToTextException>(() => asked);
        Assert.Equal("overloaded", error.Code);
        if (int.TryParse(retryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            Assert.Equal(1, handler.Received);
        }
    }

    [Theory]
    [InlineData(400)]
    [InlineData(402)]
    [InlineData(413)]
    [InlineData(422)]
    [InlineData(500)]
    public async Task Permanent_failures_are_not_retried(int status)
    {
        using var handler = new StubHandler(() =>
            StubHandler.Answer(status, "application/json", """{"error":{"message":"No.","code":"no"}}""")
        );
        await Assert.ThrowsAsync<ImageToTextException>(() => Client(handler).CaptionAsync(Square, cancellationToken: Cancelled));
        Assert.Equal(1, handler.Received);
    }

    [Fact]
    public async Task A_stream_is_retried_only_before_its_first_piece()
    {
        using var handler = new StubHandler(
            static () => StubHandler.Busy("1"),
            static () => StubHandler.Answer(200, "text/event-stream", "data: {\"text\":\"a \"}\n\n")
        );
        await using var updates = Client(handler).StreamCaptionAsync(Square, cancellationToken: Cancelled).GetAsyncEnumerator(Cancelled);
        var first = updates.MoveNextAsync().AsTask();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await first);
        Assert.Equal("a ", updates.Current.Piece!.Text);
        await Assert.ThrowsAsync<ImageToTextException>(() => updates.MoveNextAsync().AsTask());
        Assert.Equal(2, handler.Received);
    }

    [Fact]
    public async Task The_wait_for_a_retry_ends_when_the_caller_cancels()
    {
        using var handler = new StubHandler(static () => StubHandler.Busy("30"));
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var asked = Client(handler).CaptionAsync(Square, cancellationToken: leaving.Token);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.Equal(1, handler.Received);
    }

    [Fact]
    public async Task A_silent_service_is_a_timeout()
    {
        using var handler = new SilentHandler();
        using var http = new HttpClient(handler);
        var client = new ImageToTextClient(
            http,
            new ImageToTextClientOptions { Endpoint = new Uri("http://gateway.test"), Timeout = TimeSpan.FromSeconds(5) },
            _clock
        );
        var asked = client.GetModelsAsync(Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(6));
        var error = await Assert.ThrowsAsync<ImageToTextException>(() => asked);
        Assert.Equal(ClientErrorCode.Timeout, error.Code);
    }

    private ImageToTextClient Client(StubHandler handler, Action<ImageToTextClientOptions>? configure = null) =>
        handler.Client(
            options =>
            {
                options.MaxRetries = 3;
                options.Timeout = TimeSpan.FromDays(1);
                configure?.Invoke(options);
            },
            _clock
        );

    private sealed class SilentHandler : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException();
        }
    }
}
