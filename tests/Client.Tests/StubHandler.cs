using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace ImageToText.Client.Tests;

/// <summary>A service with scripted answers, one per request. The last answer repeats.</summary>
internal sealed class StubHandler(params Func<HttpResponseMessage>[] answers) : HttpMessageHandler
{
    public int Received { get; private set; }

    public static HttpResponseMessage Answer(int status, string contentType, string body) =>
        Answer(status, contentType, new MemoryStream(Encoding.UTF8.GetBytes(body)));

    public static HttpResponseMessage Answer(int status, string contentType, Stream body)
    {
        var content = new StreamContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        return new HttpResponseMessage((HttpStatusCode)status) { Content = content };
    }

    public static HttpResponseMessage Busy(string? retryAfter)
    {
        var answer = Answer(
            429,
            "application/json",
            """{"error":{"message":"Every node is busy.","code":"overloaded","request_id":"r1"}}"""
        );
        answer.Headers.TryAddWithoutValidation("Retry-After", retryAfter);
        return answer;
    }

    public ImageToTextClient Client(Action<ImageToTextClientOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new ImageToTextClientOptions { Endpoint = new Uri("http://gateway.test/captions"), MaxRetries = 0 };
        configure?.Invoke(options);
        return new ImageToTextClient(new HttpClient(this) { Timeout = Timeout.InfiniteTimeSpan }, options, time);
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (request.Content is not null)
        {
            await request.Content.CopyToAsync(Stream.Null, cancellationToken);
        }

        return answers[Math.Min(Received++, answers.Length - 1)]();
    }
}

/// <summary>An endless body that repeats one byte.</summary>
internal sealed class RepeatingStream(byte value) : MemoryStream
{
    public override bool CanSeek => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer.Span.Fill(value);
        return ValueTask.FromResult(buffer.Length);
    }

    public override int Read(Span<byte> buffer)
    {
        buffer.Fill(value);
        return buffer.Length;
    }
}
