using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Jobs.Running;

/// <summary>Limits how many items this gateway captions at once.</summary>
internal sealed class JobPlaces(IOptions<JobOptions> options) : IDisposable
{
    private readonly SemaphoreSlim _free = new(options.Value.Parallel);

    /// <summary>Takes a place, as soon as one is free.</summary>
    /// <returns>Gives it back when it is disposed of.</returns>
    public async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return new Place(_free);
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private sealed class Place(SemaphoreSlim free) : IDisposable
    {
        private int _isGiven;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isGiven, 1) == 0)
            {
                free.Release();
            }
        }
    }
}
