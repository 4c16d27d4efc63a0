using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection;

/// <summary>
/// One rule for choosing a node. The rules run in order. Each one removes some offers, and if it would leave none, it says why.
/// </summary>
internal interface ISelectionPolicy
{
    /// <summary>The rule's name in telemetry.</summary>
    string Name { get; }

    /// <summary>Removes the offers that the rule rejects from <paramref name="offers"/>.</summary>
    void Narrow(SelectionRequest request, OfferList offers);

    /// <summary>What to tell the caller if the rule removed all of <paramref name="offers"/>.</summary>
    Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers);
}
