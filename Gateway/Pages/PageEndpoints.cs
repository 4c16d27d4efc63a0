namespace ImageToText.Gateway.Pages;

/// <summary>
/// The web pages. They are built from <c>Web/</c> and embedded in this assembly, so they are available wherever the gateway runs,
/// in any folder.
/// </summary>
internal static class PageEndpoints
{
    private const string Prefix = "Pages/";

    /// <summary>Maps each file at its path; <c>NAME.html</c> at <c>/NAME</c>, <c>index.html</c> at <c>/</c>.</summary>
    public static void MapPages(this WebApplication app)
    {
        foreach (var asset in Load())
        {
            app.MapMethods(RouteOf(asset), [HttpMethods.Get, HttpMethods.Head], asset.WriteAsync).ExcludeFromDescription();
        }
    }

    private static IEnumerable<PageAsset> Load()
    {
        var assembly = typeof(PageEndpoints).Assembly;
        foreach (
            string? name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal))
        )
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            yield return new PageAsset(name[Prefix.Length..].Replace('\\', '/'), bytes);
        }
    }

    private static string RouteOf(PageAsset asset) =>
        asset.Path == "index.html" ? "/"
        : asset.IsPage ? "/" + asset.Path[..^".html".Length]
        : "/" + asset.Path;
}
