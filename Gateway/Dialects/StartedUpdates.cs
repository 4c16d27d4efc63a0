using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects;

/// <summary>
/// The pieces of a caption whose first piece has already been requested. A streamed answer holds reserved money, a node's slot
/// and a cache lock, which are released when its pieces end. Pieces that nobody requests never end. So the first is requested
/// before anything is written to a caller who may have left, and the pieces are disposed of whatever happens to the writing.
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

    /// <summary>Requests the first piece.</summary>
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
