using ImageToText.Gateway.Errors;

namespace ImageToText.Gateway.Selection;

/// <summary>
/// One rule of the choice. The rules stand in a row; each strikes out the offers it is against, and when it would leave none
/// says why.
/// </summary>
internal interface ISelectionPolicy
{
    /// <summary>The rule's name in telemetry.</summary>
    string Name { get; }

    /// <summary>Strikes out of <paramref name="offers"/> what the rule is against.</summary>
    void Narrow(SelectionRequest request, OfferList offers);

    /// <summary>What to tell the caller when the rule struck out all of <paramref name="offers"/>.</summary>
    Refusal Explain(SelectionRequest request, IReadOnlyList<NodeOffer> offers);
}
