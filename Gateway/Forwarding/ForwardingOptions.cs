using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Forwarding;

/// <summary>How requests go to nodes: <c>Gateway:Forwarding</c>.</summary>
public sealed class ForwardingOptions
{
    /// <summary>The most nodes asked for one caption.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>How long one node may take until the first byte of its answer.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long all attempts may take together.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>How long a connection to a node may take to be made.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a streaming node may be silent between two pieces.</summary>
    public TimeSpan StreamSilence { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a second node is asked when the first has taken longer than 95 of 100 captions do. It costs work, not money.</summary>
    public bool Hedging { get; set; }

    /// <summary>How often each node's health is asked for.</summary>
    public TimeSpan ProbeInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a node may take to tell its health.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(2);
}
