using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects;

/// <summary>
/// The pieces of a caption, of which the first has been asked for. What a streamed answer holds (money set aside, a node's place, a lock
/// of the cache) is let go of where its pieces end, and pieces that nobody ever asked for have no end: so these are asked for before
/// anything is written to a caller who may have left, and disposed of whatever becomes of the writing.
/// </summary>
internal sealed class StartedUpdates : IAsyncEnumerable<AnswerUpdate>, IAsyncDisposable
{
    private readonly IAsyncEnumerator<AnswerUpdate> _updates;
    private bool _hasFirst;

    private StartedUpdates(IAsyncEnumerator<AnswerUpdate> updates, bool hasFirst)
    {
        _updates = updates;
        _hasFirst = hasFirst;
    }

    /// <summary>Asks for the first piece.</summary>
    /// <exception cref="RefusalException">There is none.</exception>
    public static async Task<StartedUpdates> StartAsync(IAsyncEnumerable<AnswerUpdate> updates, CancellationToken cancellationToken)
    {
        var enumerator = updates.GetAsyncEnumerator(cancellationToken);
        try
        {
            return new StartedUpdates(enumerator, await enumerator.MoveNextAsync());
        }
        catch
        {
            await enumerator.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerator<AnswerUpdate> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        while (_hasFirst || await _updates.MoveNextAsync())
        {
            _hasFirst = false;
            yield return _updates.Current;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _updates.DisposeAsync();
}
