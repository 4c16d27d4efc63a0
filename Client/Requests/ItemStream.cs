namespace ImageToText.Client.Requests;

/// <summary>The items of an answer that comes bit by bit. If it stays silent for too long, reading is cancelled.</summary>
internal sealed class ItemStream<T> : IAsyncDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly TimeSpan _longestSilence;
    private readonly CancellationTokenSource _silence;
    private readonly IAsyncEnumerator<T> _items;

    /// <summary>Starts reading. Disposing of this disposes of the response.</summary>
    public ItemStream(
        HttpResponseMessage response,
        Func<CancellationToken, IAsyncEnumerable<T>> read,
        TimeSpan longestSilence,
        TimeProvider time
    )
    {
        _response = response;
        _longestSilence = longestSilence;
        _silence = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _items = read(_silence.Token).GetAsyncEnumerator(_silence.Token);
    }

    /// <summary>The answer.</summary>
    public HttpResponseMessage Response => _response;

    /// <summary>The item.</summary>
    public T Current => _items.Current;

    /// <summary>Waits for the next item.</summary>
    /// <returns>false: there is none.</returns>
    public async Task<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        using var caller = cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _silence);
        _silence.CancelAfter(_longestSilence);
        bool moved = await _items.MoveNextAsync();
        // The reader may take its time with an item.
        _silence.CancelAfter(Timeout.InfiniteTimeSpan);
        return moved;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _items.DisposeAsync();
        _response.Dispose();
        _silence.Dispose();
    }
}
