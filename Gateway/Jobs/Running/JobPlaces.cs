using ImageToText.Gateway.Live;
using ImageToText.Gateway.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// Lets items into the places that nobody else needs. Each node has a few places for items, and each request that somebody waits for
/// takes two of them.
/// </summary>
internal sealed class JobPlaces(IOptions<JobOptions> options, Network network, LiveWindow window) : IDisposable
{
    private const int PerWaiting = 2;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    // Whoever holds it is next.
    private readonly SemaphoreSlim _next = new(1, 1);
    private readonly SemaphoreSlim _freed = new(0, 1);
    private int _taken;

    /// <summary>Items that have a place now.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>How many items may have a place at once.</summary>
    /// <param name="nodes">The number of nodes.</param>
    /// <param name="waiting">Requests under way that somebody waits for.</param>
    public int RoomFor(int nodes, int waiting) =>
        // Without a node, one item finds out what there is to say about that.
        nodes == 0
            ? 1
            : Math.Clamp((nodes * options.Value.ItemsPerNode) - (waiting * PerWaiting), 0, options.Value.Parallel);

    /// <summary>Takes a place, as soon as one is free.</summary>
    /// <returns>Gives it back when it is disposed of.</returns>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        await _next.WaitAsync(cancellationToken);
        try
        {
            while (Taken >= RoomFor(network.View.Snapshot.Nodes.Count, (int)Math.Max(0, window.InFlight - Taken)))
            {
                await _freed.WaitAsync(Look, cancellationToken);
            }

            Interlocked.Increment(ref _taken);
            return new Place(this);
        }
        finally
        {
            _next.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _next.Dispose();
        _freed.Dispose();
    }

    private void Free()
    {
        Interlocked.Decrement(ref _taken);
        try
        {
            _freed.Release();
        }
        catch (Exception told) when (told is SemaphoreFullException or ObjectDisposedException)
        {
            // Whoever waits looks again anyway.
        }
    }

    private sealed class Place(JobPlaces places) : IDisposable
    {
        private int _isGiven;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGiven, 1) == 0)
            {
                places.Free();
            }
        }
    }
}
