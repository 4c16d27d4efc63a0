using System.Collections.Immutable;
using ImageToText.Contracts.Prices;
using ImageToText.Gateway.Billing;
using ImageToText.Gateway.Billing.Budgets;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Pipeline;
using ImageToText.Gateway.Registry;
using ImageToText.Gateway.Selection;
using ImageToText.Gateway.Telemetry;

namespace ImageToText.Gateway.Forwarding;

/// <summary>The attempts for one caption. Each goes to a node that was not asked before, after its cost was reserved.</summary>
internal sealed class Attempts(
    CaptionRequest request,
    string modelId,
    Network network,
    NodeSelector selector,
    KeyBudgets budgets,
    NodeClient client
)
{
    // So often an item waits for a node that passes its health checks: several minutes, by the pauses of jobs.
    internal const int MostPauses = 12;

    private readonly Lock _gate = new();
    private ImmutableArray<string> _tried = [];
    private Refusal? _told;
    private int _underWay;

    // Nodes that were well when they were asked, and that the request has reached.
    private int _well;
    private TaskCompletionSource? _noneUnderWay;

    /// <summary>The model.</summary>
    public string ModelId { get; } = modelId;

    /// <summary>The picture's pixels.</summary>
    public long Pixels { get; } = request.Picture.Pixels;

    /// <summary>Whether the caption is an item's.</summary>
    public bool IsItem { get; } = request.IsItem;

    /// <summary>How many nodes were asked.</summary>
    public int Count => _tried.Length;

    /// <summary>
    /// Whether the caption is an item's, and each node that was asked failed everyone before or could not be reached. So it is not the
    /// picture. A node that was well when it was asked may have failed because of the picture, however unwell it is by now.
    /// </summary>
    public bool MustWait => IsItem && _tried.Length > 0 && Volatile.Read(ref _well) == 0;

    /// <summary>What to tell the caller if <paramref name="last"/> was the last attempt and brought no caption.</summary>
    public Refusal Explain(NodeAnswer last)
    {
        if (Count == 0)
        {
            return last.Refusal!;
        }

        // A node's own words, or that there was no node at first, are more useful than "no other node was available".
        var refusal = last is { Outcome: AttemptOutcome.Refused or AttemptOutcome.Loading, Refusal: { } word }
            ? word
            : _told ?? (MustWait ? Refusals.NodesDown(ModelId) : Refusals.NodesFailed(Count));
        return refusal with { NodeId = _tried[^1] };
    }

    /// <summary>
    /// Chooses a node and asks it. An outcome without a caption that ends the search waits for the other attempts under way.
    /// </summary>
    /// <exception cref="RefusalException">402 or 429: the key's budget.</exception>
    public async ValueTask<NodeAnswer> TryAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _underWay++;
        }

        NodeAnswer answer;
        try
        {
            answer = await AskAsync(cancellationToken);
        }
        catch (RefusalException)
        {
            await End().WaitAsync(cancellationToken);
            throw;
        }
        catch
        {
            _ = End();
            throw;
        }

        if (answer.Outcome is AttemptOutcome.Delivered or AttemptOutcome.Refused)
        {
            // The final outcome: other attempts are cancelled, and none of them may come before it.
            return answer;
        }

        var others = End();
        if (!answer.GoesOn)
        {
            await others.WaitAsync(cancellationToken);
        }

        return answer;
    }

    /// <summary>Ends an attempt.</summary>
    /// <returns>Completes when no other attempt is under way.</returns>
    private Task End()
    {
        lock (_gate)
        {
            if (--_underWay > 0)
            {
                return (_noneUnderWay ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            _noneUnderWay?.SetResult();
            _noneUnderWay = null;
            return Task.CompletedTask;
        }
    }

    private async ValueTask<NodeAnswer> AskAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var view = network.View;
        NodeOffer offer;
        using (var span = GatewayTelemetry.Source.StartActivity("caption.select"))
        {
            lock (_gate)
            {
                var selection = selector.Select(
                    new SelectionRequest(ModelId, request.MaxPricePerPixel)
                    {
                        Tried = _tried,
                        Sequences = request.Parameters.Sequences,
                        OwnPixels = request.Parameters.OwnPixels,
                        IsItem = IsItem,
                    },
                    view.OffersOf(ModelId)
                );
                span?.SetTag("policy", selection.Policy).SetTag("node", selection.Offer?.Node.Id);
                if (selection.Offer is null)
                {
                    return new NodeAnswer { Outcome = AttemptOutcome.NoNode, Refusal = selection.Refusal };
                }

                offer = selection.Offer;
                offer.Node.Began();
                _tried = _tried.Add(offer.Node.Id);
            }
        }

        bool wasWell = !FailsAll(offer.Node);
        if (wasWell)
        {
            Interlocked.Increment(ref _well);
        }

        using var item = IsItem ? offer.Node.CountItem() : null;
        var header = request.Picture.Header;
        long pixels = Cost.PixelsOf(header.Width, header.Height, offer.Tiles);
        decimal factor = offer.FactorOf(request.Parameters.Sequences);
        decimal share = request.PriceShare * request.PriceFactor;
        var charge = new Charge(request.Caller, offer.ModelId, offer.Node.Id, pixels, offer.PricePerPixel, factor, share);
        var reservation = await ReserveAsync(offer, charge, cancellationToken);
        try
        {
            var node = view.NodeOf(offer.Node.Id) ?? throw new InvalidOperationException("An offer without its node.");
            var answer = await client.AskAsync(request, node, offer, cancellationToken);
            Note(answer);
            if (wasWell && !answer.HasReached)
            {
                Interlocked.Decrement(ref _well);
            }

            var kept = answer.With(charge, reservation);
            reservation = null;
            return kept;
        }
        finally
        {
            reservation?.Dispose();
        }
    }

    private async ValueTask<Reservation> ReserveAsync(NodeOffer offer, Charge charge, CancellationToken cancellationToken)
    {
        var reserving = budgets.ReserveAsync(charge, cancellationToken);
        if (reserving.IsCompletedSuccessfully)
        {
            return reserving.Result;
        }

        // Requests that wait for money do not take a node's slot meanwhile.
        offer.Node.Ended();
        var reservation = await reserving;
        offer.Node.Began();
        return reservation;
    }

    // If a node passes its health checks, an item that has waited for it long enough fails, and the job gets to its other pictures.
    private bool FailsAll(NodeStats node) => node.ActivelyUnhealthy || (request.Pauses < MostPauses && node.FailsAll(ModelId));

    private void Note(NodeAnswer answer)
    {
        lock (_gate)
        {
            // Busy nodes are the best of bad news: the caller is told to come back rather than that everything failed.
            if (answer.Outcome == AttemptOutcome.Busy && (_told is null || answer.Refusal!.RetryAfter < _told.RetryAfter))
            {
                _told = answer.Refusal;
            }
        }
    }
}
