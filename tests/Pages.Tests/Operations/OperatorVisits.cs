using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests.Operations;

/// <summary>An operator at the operations page.</summary>
internal static class OperatorVisits
{
    /// <summary>Makes a key for an operator.</summary>
    public static Task<string> OperatorAsync(this PagesCluster cluster, string name = "operator") =>
        cluster.MakeKeyAsync($$"""{"name":"{{name}}","scopes":["operate"]}""");

    /// <summary>Opens the page and signs in.</summary>
    public static async Task<Visit> SignedInAsync(
        this PagesCluster cluster,
        BrowserNewContextOptions? options = null,
        params int[] refusals
    )
    {
        var visit = await Visit.OpenAsync(cluster, "/operations", options, refusals);
        await visit.SignInAsync(await cluster.OperatorAsync(refusals.Contains(401) ? "operator to be revoked" : "operator"));
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Nodes", Exact = true }).WaitForAsync();
        return visit;
    }
}
