using System.Net;
using ImageToText.Pages.Tests.Browsing;
using Microsoft.Playwright;

namespace ImageToText.Pages.Tests;

/// <summary>What the first load transfers, and what the pages tell browsers to allow.</summary>
public sealed class FirstLoadTests(PagesCluster cluster)
{
    private const int MostBytes = 150 * 1024;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_playground_loads_in_less_than_150_KB()
    {
        await using var visit = await Visit.OpenAsync(cluster, "/alive");
        double bytes = 0d;
        var session = await visit.Page.Context.NewCDPSessionAsync(visit.Page);
        session.Event("Network.loadingFinished").OnEvent += (_, finished) =>
            bytes += finished!.Value.GetProperty("encodedDataLength").GetDouble();
        await session.SendAsync("Network.enable");
        await visit.Page.GotoAsync("/", new() { WaitUntil = WaitUntilState.NetworkIdle });
        await visit.Page.GetByRole(AriaRole.Heading, new() { Name = "Playground" }).WaitForAsync();
        TestContext.Current.SendDiagnosticMessage($"First load of the playground: {bytes / 1024:F1} KB.");
        Assert.InRange(bytes, 10 * 1024, MostBytes);
        visit.AssertClean();
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/docs")]
    public async Task Only_content_from_the_gateway_itself_is_allowed(string page)
    {
        using var answer = await cluster.Http.GetAsync(page, Cancelled);
        string[] policy = answer.Headers.GetValues("Content-Security-Policy").Single().Split(';', StringSplitOptions.TrimEntries);
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("script-src 'self'", policy);
        Assert.Contains("style-src 'self'", policy);
        Assert.Contains("connect-src 'self'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.All(
            policy,
            static directive =>
            {
                Assert.DoesNotContain("unsafe", directive, StringComparison.Ordinal);
                Assert.DoesNotContain("http", directive, StringComparison.Ordinal);
                Assert.DoesNotContain("*", directive, StringComparison.Ordinal);
            }
        );
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.NotEmpty(answer.Headers.GetValues("Permissions-Policy"));
    }

    [Theory]
    [InlineData("br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("gzip, br;q=0", "gzip")]
    [InlineData("identity", null)]
    public async Task Page_assets_are_compressed_cached_forever_and_revalidated(string accepted, string? encoding)
    {
        string html = await cluster.Http.GetStringAsync("/", Cancelled);
        string script = System.Text.RegularExpressions.Regex.Match(html, @"/assets/[^""]+\.js").Value;
        using var request = new HttpRequestMessage(HttpMethod.Get, script);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        using var answer = await cluster.Http.SendAsync(request, Cancelled);
        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Contains("immutable", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);

        using var again = new HttpRequestMessage(HttpMethod.Get, script);
        again.Headers.TryAddWithoutValidation("Accept-Encoding", accepted);
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        using var known = await cluster.Http.SendAsync(again, Cancelled);
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
    }
}
