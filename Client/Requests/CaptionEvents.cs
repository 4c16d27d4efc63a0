using System.Net.ServerSentEvents;
using System.Text.Json;
using ImageToText.Contracts;

namespace ImageToText.Client.Requests;

/// <summary>
/// The events of a streamed caption. The answer of a service that does not stream is read as a stream of one event.
/// </summary>
internal sealed class CaptionEvents : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly TimeProvider _time;
    private readonly ItemStream<SseItem<byte[]>>? _events;
    private readonly Caption? _only;
    private bool _ended;

    private CaptionEvents(HttpResponseMessage response, TimeProvider time, ItemStream<SseItem<byte[]>>? events, Caption? only)
    {
        _response = response;
        _time = time;
        _events = events;
        _only = only;
    }

    /// <summary>Starts reading. Disposing of the result disposes of the response.</summary>
    public static async Task<CaptionEvents> OpenAsync(
        HttpResponseMessage response,
        TimeSpan longestSilence,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (response.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            var body = new BoundedStream(await response.Content.ReadAsStreamAsync(cancellationToken), Answers.MostBytes);
            var events = new ItemStream<SseItem<byte[]>>(
                response,
                silence => SseParser.Create(body, static (_, data) => data.ToArray()).EnumerateAsync(silence),
                longestSilence,
                time
            );
            return new CaptionEvents(response, time, events, null);
        }

        var answer = await Answers.ReadAsync(response, GatewayApiJson.Default.CaptionResponse, static _ => true, cancellationToken);
        return new CaptionEvents(response, time, null, Answers.CaptionOf(answer, Answers.ReceiptOf(response)));
    }

    /// <summary>Returns the next step; null: the caption has ended.</summary>
    /// <exception cref="ImageToTextException">The service failed while streaming.</exception>
    /// <exception cref="IOException">The stream was cut off.</exception>
    public async Task<CaptionUpdate?> NextAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return null;
        }

        if (_only is { } only)
        {
            _ended = true;
            return new CaptionUpdate(null, only);
        }

        if (!await _events!.MoveNextAsync(cancellationToken))
        {
            throw new IOException("the caption broke off.");
        }

        var item = _events.Current;
        switch (item.EventType)
        {
            case CaptionStream.CaptionEvent:
                _ended = true;
                return new CaptionUpdate(
                    null,
                    Answers.CaptionOf(
                        JsonSerializer.Deserialize(item.Data, GatewayApiJson.Default.CaptionResponse),
                        Answers.ReceiptOf(_response)
                    )
                );
            case CaptionStream.ErrorEvent:
                _ended = true;
                throw Answers.ErrorOf(item.Data, _response, _time.GetUtcNow());
            default:
                return JsonSerializer.Deserialize(item.Data, GatewayApiJson.Default.CaptionPiece) is { Text: not null } piece
                    ? new CaptionUpdate(piece, null)
                    : throw new JsonException("A piece holds no text.");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_events is not null)
        {
            await _events.DisposeAsync();
        }

        _response.Dispose();
    }
}
