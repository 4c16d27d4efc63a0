using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>A web with a few files on each host.</summary>
internal sealed class JobWeb : HttpMessageHandler
{
    private readonly Dictionary<string, byte[]> _files = [];

    public byte[] this[string path]
    {
        set
        {
            lock (_files)
            {
                _files[path] = value;
            }
        }
    }

    /// <summary>The clock of whoever calls webhooks.</summary>
    public FakeTimeProvider Clock { get; } = new(DateTimeOffset.UtcNow);

    /// <summary>The calls of webhooks.</summary>
    public ConcurrentQueue<(string Id, string Time, string Signature, string Body)> Calls { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method == HttpMethod.Post)
        {
            bool isFirst = Calls.IsEmpty;
            Calls.Enqueue(
                (
                    Header("webhook-id"),
                    Header("webhook-timestamp"),
                    Header("webhook-signature"),
                    await request.Content!.ReadAsStringAsync(cancellationToken)
                )
            );
            return new HttpResponseMessage(isFirst ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
        }

        lock (_files)
        {
            return _files.TryGetValue(request.RequestUri!.AbsolutePath, out byte[]? bytes)
                ? new HttpResponseMessage { Content = new ByteArrayContent(bytes) }
                : new HttpResponseMessage(HttpStatusCode.NotFound);
        }

        string Header(string name) => request.Headers.GetValues(name).Single();
    }
}
