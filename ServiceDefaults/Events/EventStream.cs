using System.Buffers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;

namespace ImageToText.ServiceDefaults.Events;

/// <summary>Answers with server-sent events and sends each as soon as it is available.</summary>
public static class EventStream
{
    /// <summary>
    /// Writes all events. The answer starts with the first event. If <paramref name="events"/> throws before that, nothing is
    /// written, and the failure can be answered like any other.
    /// </summary>
    /// <param name="response">The answer.</param>
    /// <param name="events">The events; their data is UTF-8.</param>
    /// <param name="cancellationToken">Ends the answer.</param>
    public static Task WriteAsync(HttpResponse response, IAsyncEnumerable<SseItem<byte[]>> events, CancellationToken cancellationToken) =>
        SseFormatter.WriteAsync(
            BeginningWithFirst(response, events, cancellationToken),
            response.Body,
            static (item, data) => data.Write(item.Data),
            cancellationToken
        );

    private static async IAsyncEnumerable<SseItem<byte[]>> BeginningWithFirst(
        HttpResponse response,
        IAsyncEnumerable<SseItem<byte[]>> events,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var item in events.WithCancellation(cancellationToken))
        {
            StreamedResponse.Begin(response, "text/event-stream");
            yield return item;
        }
    }
}
