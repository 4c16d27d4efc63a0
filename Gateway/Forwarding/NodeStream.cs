using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Nodes;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Forwarding;

/// <summary>
/// A node's caption in pieces. The first event is read before anybody commits to the node, and the rest as the caller takes it.
/// Its end is reported once.
/// </summary>
internal sealed class NodeStream : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<byte[]>> _events;
    private readonly CancellationTokenSource _silence;
    private readonly TimeSpan _longest;
    private readonly Action<AttemptOutcome?> _ended;
    private AnswerUpdate _first;
    private int _told;

    private NodeStream(
        HttpResponseMessage response,
        IAsyncEnumerator<SseItem<byte[]>> events,
        CancellationTokenSource silence,
        TimeSpan longest,
        Action<AttemptOutcome?> ended
    )
    {
        _response = response;
        _events = events;
        _silence = silence;
        _longest = longest;
        _ended = ended;
    }

    /// <summary>Reads the first event.</summary>
    /// <param name="response">The node's answer.</param>
    /// <param name="longest">How long it may stay silent.</param>
    /// <param name="time">The clock for that.</param>
    /// <param name="ended">Called once with how the stream ended; null: the caller left.</param>
    /// <param name="cancellationToken">The caller's token.</param>
    /// <returns>The stream, or the error at its beginning.</returns>
    public static async Task<(NodeStream? Stream, CaptionStreamError? Error)> OpenAsync(
        HttpResponseMessage response,
        TimeSpan longest,
        TimeProvider time,
        Action<AttemptOutcome?> ended,
        CancellationToken cancellationToken
    )
    {
        var silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        IAsyncEnumerator<SseItem<byte[]>>? events = null;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            events = SseParser
                .Create(body, static (_, data) => data.ToArray())
                .EnumerateAsync(silence.Token)
                .GetAsyncEnumerator(cancellationToken);
            using var caller = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), silence);
            var stream = new NodeStream(response, events, silence, longest, ended);
            silence.CancelAfter(longest);
            if (!await events.MoveNextAsync())
            {
                throw new IOException("The node's stream ended before it began.");
            }

            var (update, error) = Read(events.Current);
            if (error is not null)
            {
                await stream.CloseAsync();
                return (null, error);
            }

            stream._first = update;
            return (stream, null);
        }
        catch
        {
            silence.Dispose();
            if (events is not null)
            {
                await events.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>What an error in a stream says.</summary>
    public static NodeWords WordsOf(CaptionStreamError error) => new(error.Detail.Msg, error.Detail.Param, error.Detail.Code);

    /// <summary>The caption's pieces, with the whole last.</summary>
    /// <exception cref="RefusalException">The node failed while streaming.</exception>
    public async IAsyncEnumerable<AnswerUpdate> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var caller = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _silence);
        var update = _first;
        while (true)
        {
            if (update.Whole is not null)
            {
                Tell(AttemptOutcome.Delivered);
                yield return update;
                yield break;
            }

            yield return update;
            update = await NextAsync(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Tell(null);
        await CloseAsync();
    }

    private static (AnswerUpdate Update, CaptionStreamError? Error) Read(SseItem<byte[]> item) =>
        item.EventType switch
        {
            CaptionStream.CaptionEvent => (
                new(null, JsonSerializer.Deserialize(item.Data, NodeApiJson.Default.CaptionResponse) ?? throw new JsonException()),
                null
            ),
            CaptionStream.ErrorEvent => (
                default,
                JsonSerializer.Deserialize(item.Data, NodeApiJson.Default.CaptionStreamError) ?? throw new JsonException()
            ),
            _ => (new(JsonSerializer.Deserialize(item.Data, NodeApiJson.Default.CaptionPiece) ?? throw new JsonException(), null), null),
        };

    private async Task<AnswerUpdate> NextAsync(CancellationToken cancellationToken)
    {
        try
        {
            _silence.CancelAfter(_longest);
            if (!await _events.MoveNextAsync())
            {
                throw new IOException("The node's stream was cut off.");
            }

            var (update, error) = Read(_events.Current);
            if (error is null)
            {
                return update;
            }

            bool refused = error.Status is >= 400 and < 500;
            Tell(refused ? AttemptOutcome.Refused : AttemptOutcome.Failed);
            throw new RefusalException(refused ? WordsOf(error).Refuse(error.Status) : Refusals.NodesFailed(1));
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException or JsonException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Tell(AttemptOutcome.Failed);
            throw new RefusalException(Refusals.NodesFailed(1), failure);
        }
    }

    private void Tell(AttemptOutcome? outcome)
    {
        if (Interlocked.Exchange(ref _told, 1) == 0)
        {
            _ended(outcome);
        }
    }

    private async ValueTask CloseAsync()
    {
        await _events.DisposeAsync();
        _response.Dispose();
        _silence.Dispose();
    }
}
