using ImageToText.Contracts.Registry;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Live;
using ImageToText.Gateway.Registry;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>
/// Limits how many items are under way. Our own nodes put items after everyone who waits, so each gets as many as keep it busy. Other
/// runners know no such order: there, each request that somebody waits for takes the places of two items.
/// </summary>
internal sealed class JobPlaces(IOptions<JobOptions> options, Network network, LiveWindow window, PictureIntake intake) : IDisposable
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
    /// <param name="own">The number of our own nodes.</param>
    /// <param name="others">The number of other runners.</param>
    /// <param name="waiting">Requests under way that somebody waits for.</param>
    public int RoomFor(int own, int others, int waiting)
    {
        if (own + others == 0)
        {
            // One item finds out what there is to say about that.
            return 1;
        }

        int left = Math.Max(0, (others * options.Value.ItemsPerNode) - (waiting * PerWaiting));
        return Math.Min((own * options.Value.ItemsPerNode) + left, options.Value.Parallel);
    }

    /// <summary>Takes a place, as soon as one is free.</summary>
    /// <returns>Gives it back when it is disposed of.</returns>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        await _next.WaitAsync(cancellationToken);
        try
        {
            while (Taken >= Room())
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

    private int Room()
    {
        // The rest of the gateway's memory is for whoever waits.
        if (intake.Room.Held > intake.Room.Limit / 2)
        {
            return 0;
        }

        var nodes = network.View.Snapshot.Nodes;
        int own = nodes.Count(static node => node.Kind == NodeKind.Native);
        return RoomFor(own, nodes.Count - own, (int)Math.Max(0, window.InFlight - Taken));
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
