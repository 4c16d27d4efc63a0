using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Selection;

/// <summary>How a node is chosen: <c>Gateway:Selection</c>.</summary>
public sealed class SelectionOptions
{
    /// <summary>The weight of the newest measurement in a node's latency (EWMA of seconds per pixel), in (0, 1].</summary>
    [Range(0.001, 1)]
    public double LatencyWeight { get; set; } = 0.2;

    /// <summary>
    /// How long a node's latency is trusted without a new measurement. After that the node counts as untimed, and is tried again.
    /// </summary>
    public TimeSpan LatencyLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What price is worth in time: the most expensive node within the cap counts as this much slower, the others in proportion.
    /// 0: price matters only through the cap.
    /// </summary>
    [Range(0, 1000)]
    public double PriceWeight { get; set; } = 1;

    /// <summary>How long a node rests after its first fault. It doubles with each further fault in a row.</summary>
    public TimeSpan SuspendAtFirst { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest a failing node rests before it is probed again.</summary>
    public TimeSpan SuspendAtMost { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long to leave a node alone that answered 429 without Retry-After.</summary>
    public TimeSpan BusyPause { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest that a node's own Retry-After keeps this gateway away.</summary>
    public TimeSpan BusyAtMost { get; set; } = TimeSpan.FromSeconds(10);
}
