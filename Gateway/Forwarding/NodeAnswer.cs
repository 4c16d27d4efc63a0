using ImageToText.Contracts;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Selection;

namespace ImageToText.Gateway.Forwarding;

/// <summary>How one attempt ended.</summary>
internal enum AttemptOutcome
{
    /// <summary>The node delivers: another attempt is out of the question from here on.</summary>
    Delivered,

    /// <summary>The caller is at fault; no other node would say otherwise.</summary>
    Refused,

    /// <summary>The node has no place.</summary>
    Busy,

    /// <summary>The node loads the model first: another would have to do the same.</summary>
    Loading,

    /// <summary>The node can't serve this, through its operator's fault or because it changed; it is not ill.</summary>
    Unable,

    /// <summary>The node failed.</summary>
    Failed,

    /// <summary>There was no node to ask.</summary>
    NoNode,
}

/// <summary>What was wrong with a node on one attempt.</summary>
/// <param name="Status">The status it gave; null: none.</param>
/// <param name="Code">A word for programs.</param>
internal readonly record struct AttemptFault(int? Status, string Code);

/// <summary>What one attempt brought. Disposing of it gives back what was set aside for it, unless it was handed on.</summary>
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

    public required AttemptOutcome Outcome { get; init; }

    /// <summary>The node and its price; null: there was no node.</summary>
    public NodeOffer? Offer { get; init; }

    /// <summary>What to tell the caller if nothing better comes.</summary>
    public Refusal? Refusal { get; init; }

    /// <summary>What was wrong with the node; null: nothing.</summary>
    public AttemptFault? Fault { get; init; }

    /// <summary>The caption, where it came whole.</summary>
    public CaptionResponse? Whole { get; init; }

    /// <summary>The caption's pieces, where it streams; the first is there already.</summary>
    public NodeStream? Stream { get; init; }

    /// <summary>What a caption of the node costs; null: the node was not asked.</summary>
    public Charge? Charge { get; private set; }

    /// <summary>What was set aside for it; null: nothing was delivered.</summary>
    public Reservation? Reservation { get; private set; }

    /// <summary>The model revision the node named.</summary>
    public string? Revision { get; init; }

    /// <summary>Whether the node knew the caption from before, by the picture's pixels.</summary>
    public bool WasKnown { get; init; }

    /// <summary>The node's Server-Timing.</summary>
    public string? ServerTiming { get; init; }

    /// <summary>Whether the next node is to be asked.</summary>
    public bool GoesOn => Outcome is AttemptOutcome.Busy or AttemptOutcome.Unable or AttemptOutcome.Failed;

    /// <summary>Adds what the attempt costs and what was set aside for it: given back at once where nothing is delivered.</summary>
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

    /// <summary>Says that the answer is on its way to the caller: others now own what it holds.</summary>
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
