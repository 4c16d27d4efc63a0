using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Dialects.Native;

/// <summary>
/// A batch's answer as the caller accepts it: one JSON object at the end, or each result as it is done, as server-sent events or as
/// lines of JSON.
/// </summary>
internal static class BatchAnswers
{
    private const string Events = "text/event-stream";

    // What the answer can be; the first one that the caller accepts counts.
    private static readonly string[] Forms = ["application/json", "*/*", Events, AnswerLines.ContentType];

    /// <summary>Writes the results.</summary>
    public static Task WriteAsync(HttpContext http, IAsyncEnumerable<BatchEntry> entries) =>
        FormOf(http.Request) switch
        {
            Events => AnswerEvents.WriteAsync(
                http,
                EventsOf(entries, http.RequestAborted),
                static refusal => AnswerEvents.Of(Failed(refusal), PlainJson.Gateway.ErrorBody, BatchStream.ErrorEvent)
            ),
            AnswerLines.ContentType => AnswerLines.WriteAsync(
                http,
                LinesOf(entries, http.RequestAborted),
                static refusal => JsonSerializer.SerializeToUtf8Bytes(Failed(refusal), PlainJson.Gateway.ErrorBody)
            ),
            _ => WriteWholeAsync(http, entries),
        };

    private static string FormOf(HttpRequest request) =>
        request
            .GetTypedHeaders()
            .Accept.OrderByDescending(static type => type.Quality ?? 1)
            .Select(static type => Forms.FirstOrDefault(form => type.MediaType.Equals(form, StringComparison.OrdinalIgnoreCase)))
            .FirstOrDefault(static form => form is not null)
        ?? Forms[0];

    private static ErrorBody Failed(Refusal refusal) => new(new ErrorDetail(refusal.Message, refusal.Code));

    private static async Task WriteWholeAsync(HttpContext http, IAsyncEnumerable<BatchEntry> entries)
    {
        var all = new List<BatchEntry>();
        await foreach (var entry in entries.WithCancellation(http.RequestAborted))
        {
            all.Add(entry);
        }

        decimal cost = all.Sum(static entry => entry.CostUsd);
        http.Response.Headers[AnswerHeaders.Cost] = AnswerHeaders.CostText(cost);
        await http.Response.WriteAsJsonAsync(
            new BatchAnswer([.. all.OrderBy(static entry => entry.Index)], cost),
            PlainJson.Gateway.BatchAnswer,
            cancellationToken: http.RequestAborted
        );
    }

    private static async IAsyncEnumerable<SseItem<byte[]>> EventsOf(
        IAsyncEnumerable<BatchEntry> entries,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var end = new BatchEnd(0, 0, 0);
        await foreach (var entry in entries.WithCancellation(cancellationToken))
        {
            end = end.With(entry);
            yield return AnswerEvents.Of(entry, PlainJson.Gateway.BatchEntry, BatchStream.ResultEvent);
        }

        yield return AnswerEvents.Of(end, PlainJson.Gateway.BatchEnd, BatchStream.EndEvent);
    }

    private static async IAsyncEnumerable<byte[]> LinesOf(
        IAsyncEnumerable<BatchEntry> entries,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var end = new BatchEnd(0, 0, 0);
        await foreach (var entry in entries.WithCancellation(cancellationToken))
        {
            end = end.With(entry);
            yield return JsonSerializer.SerializeToUtf8Bytes(entry, PlainJson.Gateway.BatchEntry);
        }

        yield return JsonSerializer.SerializeToUtf8Bytes(end, PlainJson.Gateway.BatchEnd);
    }
}
