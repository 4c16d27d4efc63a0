using ImageToText.Contracts;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Selection;

namespace ImageToText.Gateway.Forwarding;

/// <summary>The outcome of one attempt.</summary>
internal enum AttemptOutcome
{
    /// <summary>The node delivers, so there will be no other attempt.</summary>
    Delivered,

    /// <summary>The caller is at fault; no other node would answer differently.</summary>
    Refused,

    /// <summary>The node has no free slot.</summary>
    Busy,

    /// <summary>The node is loading the model; another one would have to do the same.</summary>
    Loading,

    /// <summary>The node can't serve this, because of its operator or because it has changed. It is not unhealthy.</summary>
    Unable,

    /// <summary>The node failed.</summary>
    Failed,

    /// <summary>There was no node to ask.</summary>
    NoNode,
}

/// <summary>What was wrong with a node on one attempt.</summary>
/// <param name="Status">Its status; null: none.</param>
/// <param name="Code">A code for programs.</param>
internal readonly record struct AttemptFault(int? Status, string Code);

/// <summary>The outcome of one attempt. Disposing of it releases what was reserved, unless it was handed on.</summary>
internal sealed class NodeAnswer : IAsyncDisposable
{
    private bool _handedOn;

    /// <summary>An attempt that the node refused, for a reason to tell the caller.</summary>
    public static NodeAnswer Refused(NodeOffer offer, Refusal refusal, AttemptOutcome outcome = AttemptOutcome.Refused) =>
        new()
        {
            Outcome = outcome,
            Offer = offer,
            Refusal = refusal,
        };

    /// <summary>An attempt that failed through the node's fault.</summary>
    public static NodeAnswer Faulty(NodeOffer offer, int? status, string code, AttemptOutcome outcome = AttemptOutcome.Failed) =>
        new()
        {
            Outcome = outcome,
            Offer = offer,
            Fault = new AttemptFault(status, code),
        };

    /// <summary>An attempt that brought no answer.</summary>
    public static NodeAnswer Lost(NodeOffer offer, string code, bool hasReached) =>
        new()
        {
            Outcome = AttemptOutcome.Failed,
            Offer = offer,
            Fault = new AttemptFault(null, code),
            HasReached = hasReached,
        };

    public required AttemptOutcome Outcome { get; init; }

    /// <summary>The node and its price; null: there was no node.</summary>
    public NodeOffer? Offer { get; init; }

    /// <summary>What to tell the caller if nothing better comes.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>What was wrong with the node; null: nothing.</summary>
    public AttemptFault? Fault { get; init; }

    /// <summary>Whether the request got as far as the node.</summary>
    public bool HasReached { get; init; } = true;

    /// <summary>The caption, if it came whole.</summary>
    public CaptionResponse? Whole { get; init; }

    /// <summary>The caption's pieces, if it streams; the first has already arrived.</summary>
    public NodeStream? Stream { get; init; }

    /// <summary>What this node's caption costs; null: the node was not asked.</summary>
    public Charge? Charge { get; private set; }

    /// <summary>What was reserved for it; null: nothing was delivered.</summary>
    public Reservation? Reservation { get; private set; }

    /// <summary>The model revision given by the node.</summary>
    public string? Revision { get; init; }

    /// <summary>Whether the node had cached the caption, by the picture's pixels.</summary>
    public bool WasKnown { get; init; }

    /// <summary>The node's Server-Timing.</summary>
    public string? ServerTiming { get; init; }

    /// <summary>Whether to ask the next node.</summary>
    public bool GoesOn => Outcome is AttemptOutcome.Busy or AttemptOutcome.Unable or AttemptOutcome.Failed;

    /// <summary>Adds the attempt's cost and reservation, which is released at once if nothing is delivered.</summary>
    public NodeAnswer With(Charge charge, Reservation reservation)
    {
        Charge = charge;
        if (Outcome == AttemptOutcome.Delivered)
        {
            Reservation = reservation;
        }
        else
        {
            reservation.Dispose();
        }

        return this;
    }

    /// <summary>The answer is on its way to the caller, and what it holds now belongs to others.</summary>
    public void HandOn() => _handedOn = true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_handedOn)
        {
            Reservation?.Dispose();
            if (Stream is not null)
            {
                await Stream.DisposeAsync();
            }
        }
    }
}
