using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Forwarding;

/// <summary>How requests are sent to nodes: <c>Gateway:Forwarding</c>.</summary>
public sealed class ForwardingOptions
{
    /// <summary>The most nodes to ask for one caption.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>How long a node may take until the first byte of its answer.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long all attempts together may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>How long connecting to a node may take.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a streaming node may stay silent between two pieces.</summary>
    public TimeSpan StreamSilence { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Whether to ask a second node if the first takes longer than 95 of 100 captions do. It costs work, not money.
    /// </summary>
    public bool Hedging { get; set; }

    /// <summary>How often to check each node's health.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a node may take to report its health.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(2);
}
