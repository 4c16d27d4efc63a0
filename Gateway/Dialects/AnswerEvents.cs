using System.Net.ServerSentEvents;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Events;

namespace ImageToText.Gateway.Dialects;

/// <summary>An answer as server-sent events, in the format of its dialect.</summary>
internal static class AnswerEvents
{
    /// <summary>An event of one JSON value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">Its JSON type.</param>
    /// <param name="name">The event's name; null: it has none.</param>
    public static SseItem<byte[]> Of<T>(T value, JsonTypeInfo<T> type, string? name = null) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, type), name);

    /// <summary>Writes the events. After the first one, a refusal can only be sent as another event.</summary>
    /// <param name="http">The request.</param>
    /// <param name="events">The events.</param>
    /// <param name="explain">Turns a refusal into an event.</param>
    /// <exception cref="RefusalException">The caption failed before its first event.</exception>
    public static Task WriteAsync(HttpContext http, IAsyncEnumerable<SseItem<byte[]>> events, Func<Refusal, SseItem<byte[]>> explain) =>
        EventStream.WriteAsync(
            http.Response,
            StreamedAnswer.EndingWithRefusal(http.Response, events, explain, http.RequestAborted),
            http.RequestAborted
        );
}
