namespace ImageToText.InferenceService.Hub;

/// <summary>The licence that a repository's card names.</summary>
/// <param name="Id">The hub's id for it, such as apache-2.0; for the licence "other", the card's own name.</param>
/// <param name="Link">Where it can be read.</param>
public sealed record HubLicence(string Id, Uri Link)
{
    // The hub's licence ids and names that allow only research or private use.
    private static readonly string[] NonCommercial = ["-nc", "noncommercial", "non-commercial", "research", "apple-amlr"];

    /// <summary>Whether it forbids commercial use, judging by its name.</summary>
    public bool IsNonCommercial => NonCommercial.Any(word => Id.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Refuses a licence that forbids commercial use, unless somebody has accepted it.</summary>
    /// <param name="reference">The model.</param>
    /// <param name="isAccepted">Whether the operator has accepted it.</param>
    /// <param name="how">How to accept it, as the end of a sentence.</param>
    /// <exception cref="HubException">It must be accepted first.</exception>
    public void Require(HubModelReference reference, bool isAccepted, string how)
    {
        if (IsNonCommercial && !isAccepted)
        {
            throw new HubException(
                HubFault.Licence,
                $"{reference} has the licence {Id}, which forbids commercial use: read it at {Link}, and {how} if you accept it. "
                    + "Nothing large was downloaded."
            );
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Id;
}
