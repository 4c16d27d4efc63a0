using System.Collections.Concurrent;

namespace ImageToText.PricingService.Budgets;

/// <summary>Which gateways were heard from lately. Budgets are divided among that many.</summary>
internal sealed class GatewayPresence(TimeProvider time)
{
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);

    /// <summary>The number of gateways heard from lately.</summary>
    public int Count
    {
        get
        {
            var since = time.GetUtcNow() - Lately;
            foreach (var gone in _seen.Where(entry => entry.Value < since).ToList())
            {
                // Only if it has not been seen again meanwhile.
                _seen.TryRemove(gone);
            }

            return _seen.Count;
        }
    }

    public void Saw(string gatewayId) => _seen[gatewayId] = time.GetUtcNow();
}
