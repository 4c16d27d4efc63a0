namespace ImageToText.TestSupport;

/// <summary>The hub's JSON: commits, pull requests, and what a revision holds.</summary>
internal static class HubBodies
{
    public static object Commit(string id) =>
        new
        {
            id,
            title = "a commit",
            message = "",
            authors = new[] { new { user = "someone" } },
            date = "2023-06-01T12:00:00.000Z",
        };

    // Two per page, where the hub gives ten.
    public static object Discussions(string modelId, IEnumerable<HubPullRequest> pullRequests, IQueryCollection query)
    {
        const int page = 2;
        var chosen = pullRequests
            .Where(request => query["status"] is not ["open"] || request.Status == "open")
            .Where(request => query["author"] is not [{ } author] || string.Equals(request.Author, author, StringComparison.Ordinal))
            .ToArray();
        int start = page * int.Parse(query["p"].ToString(), System.Globalization.CultureInfo.InvariantCulture);
        return new
        {
            discussions = chosen
                .Skip(start)
                .Take(page)
                .Select(request => new
                {
                    num = request.Number,
                    author = new { name = request.Author, type = "user" },
                    repo = new { name = modelId, type = "model" },
                    title = request.Title,
                    status = request.Status,
                    createdAt = "2023-06-01T12:00:00.000Z",
                    isPullRequest = true,
                }),
            count = chosen.Length,
            start,
            numClosedDiscussions = 1,
        };
    }

    public static object Listing(HubStandIn hub, string commit, Dictionary<string, HubStoredFile> files) =>
        new
        {
            id = hub.ModelId,
            sha = commit,
            gated = false,
            tags = hub.Licence is null ? [] : new[] { "transformers", $"license:{hub.Licence}" },
            cardData = hub.Licence is null
                ? null
                : new Dictionary<string, string?> { ["license"] = hub.Licence, ["license_name"] = hub.LicenceName },
            siblings = files.Select(f =>
                hub.BareListing ? (object)new { rfilename = f.Key }
                : f.Value.Large
                    ? new
                    {
                        rfilename = f.Key,
                        size = f.Value.Size,
                        blobId = "ffffffffffffffffffffffffffffffffffffffff",
                        lfs = new
                        {
                            sha256 = f.Value.Hash,
                            size = f.Value.Size,
                            pointerSize = 134,
                        },
                    }
                : new
                {
                    rfilename = f.Key,
                    size = f.Value.Size,
                    blobId = f.Value.Hash,
                }
            ),
        };
}
