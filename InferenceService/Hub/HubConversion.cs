namespace ImageToText.InferenceService.Hub;

/// <summary>
/// Finds the safetensors that the hub's conversion bot has made for a repository without any; transformers would load the same.
/// They are in an open pull request by the bot, and belong to a revision as long as its head is the commit before the bot's.
/// </summary>
internal sealed class HubConversion(HubClient client)
{
    private const string Author = "SFconvertbot";
    private const string Title = "Adding `safetensors` variant of this model";

    /// <summary>Looks for a conversion of a commit.</summary>
    /// <param name="reference">The model and the requested revision.</param>
    /// <param name="commit">The head of that revision.</param>
    /// <param name="cancellationToken">Stops at once.</param>
    /// <returns>The pull request and the files at its head; null: there is none.</returns>
    public async Task<(HubModelReference Reference, HubListing Listing)?> FindAsync(
        HubModelReference reference,
        string commit,
        CancellationToken cancellationToken
    )
    {
        try
        {
            foreach (var discussion in await client.ListPullRequestsAsync(reference, Author, cancellationToken))
            {
                if (!IsConversion(discussion))
                {
                    continue;
                }

                var request = reference with { Revision = $"refs/pr/{discussion.Num}" };
                if (
                    await client.ListCommitsAsync(request, cancellationToken) is not [var head, var parent, ..]
                    || parent != commit
                    || !HubCache.IsCommit(head)
                )
                {
                    continue;
                }

                // By its commit, so that nothing pushed there meanwhile is read.
                var listing = await client.ListAsync(reference with { Revision = head }, cancellationToken);
                if (listing.Commit == head && HubFiles.FindWeights(listing.Files) is { IsPickled: false })
                {
                    return (request, listing);
                }
            }
        }
        catch (HubException e) when (e.Fault is HubFault.NotFound or HubFault.Unauthorized or HubFault.Gated or HubFault.Corrupt)
        {
            // Mirrors have no pull requests, and an owner may close them.
        }

        return null;
    }

    private static bool IsConversion(HubDiscussion discussion) =>
        discussion is { IsPullRequest: true, Status: "open", Title: Title, Num: > 0 }
        && string.Equals(discussion.Author?.Name, Author, StringComparison.OrdinalIgnoreCase);
}
