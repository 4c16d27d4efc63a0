using System.Net;
using ImageToText.Gateway.Cors;
using ImageToText.Gateway.Tests.StandIns;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.Gateway.Tests.Serving;

/// <summary>Web pages of other origins call the gateway from a browser, as far as an operator allows it.</summary>
public sealed class CrossOriginTests(SharedCluster shared) : IClassFixture<SharedCluster>
{
    private const string Page = "https://app.example.org";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_a_setting_no_page_may_call()
    {
        var cluster = await shared.AsNewAsync();
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var preflight = await PreflightAsync(http, Page);
        using var answer = await CaptionAsync(http, Page);

        Assert.False(preflight.IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(PermissionsOf(preflight));
        Assert.Empty(PermissionsOf(answer));
    }

    [Fact]
    public async Task A_preflight_of_a_listed_origin_is_answered_before_the_key_check()
    {
        var cluster = await shared.AsNewAsync("Gateway:Cors:AllowedOrigins:0=" + Page);
        using var http = cluster.Client();

        using var preflight = await PreflightAsync(http, Page, "authorization,content-type,x-stainless-lang");

        Assert.Equal(HttpStatusCode.NoContent, preflight.StatusCode);
        Assert.Equal(
            [
                "Access-Control-Allow-Headers: authorization,content-type,x-stainless-lang",
                "Access-Control-Allow-Methods: POST",
                "Access-Control-Allow-Origin: " + Page,
                "Access-Control-Max-Age: 600",
            ],
            PermissionsOf(preflight)
        );
        Assert.Contains("Origin", preflight.Headers.Vary);
        Assert.Equal(0, cluster.Nodes[0].Behaviour.Received);
    }

    [Fact]
    public async Task A_listed_page_reads_captions_and_refusals_with_their_headers()
    {
        var cluster = await shared.AsNewAsync("Gateway:Cors:AllowedOrigins:0=" + Page);
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));
        using var stranger = cluster.Client();

        using var caption = await CaptionAsync(http, Page);
        using var refusal = await CaptionAsync(stranger, Page);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (caption.StatusCode, refusal.StatusCode));
        foreach (var answer in (HttpResponseMessage[])[caption, refusal])
        {
            Assert.Equal(Page, answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.False(answer.Headers.Contains("Access-Control-Allow-Credentials"));
            string[] readable = answer.Headers.GetValues("Access-Control-Expose-Headers").Single().Split(',');
            Assert.Superset(
                new HashSet<string>(["x-request-id", "x-cost-usd", "x-cache", "x-prompt", "Server-Timing", "Retry-After"]),
                readable.ToHashSet()
            );
        }
    }

    [Theory]
    [InlineData("AllowedOrigins:0=https://app.example.org", "https://app.example.org", true)]
    [InlineData("AllowedOrigins:0=https://app.example.org", "http://app.example.org", false)]
    [InlineData("AllowedOrigins:0=https://app.example.org", "https://app.example.org:8443", false)]
    [InlineData("AllowedOrigins:0=https://app.example.org", "https://app.example.org.evil.test", false)]
    [InlineData("AllowedOrigins:0=https://*.example.org", "https://a.b.example.org", true)]
    [InlineData("AllowedOrigins:0=https://*.example.org", "https://example.org", false)]
    [InlineData("AllowedOrigins:0=https://*.example.org", "https://evilexample.org", false)]
    [InlineData("AllowedOrigins:0=https://app.example.org", "null", false)]
    [InlineData("AllowLoopback=true", "http://localhost:5173", true)]
    [InlineData("AllowLoopback=true", "https://127.0.0.1", true)]
    [InlineData("AllowLoopback=true", "http://[::1]:3000", true)]
    [InlineData("AllowLoopback=true", "http://localhost.evil.test", false)]
    [InlineData("AllowLoopback=true", "https://app.example.org", false)]
    [InlineData("AllowLoopback=true", "null", false)]
    public async Task An_origin_is_allowed_as_it_is_listed(string setting, string origin, bool isAllowed)
    {
        var cluster = await shared.AsNewAsync("Gateway:Cors:" + setting);
        using var http = cluster.Client();

        using var preflight = await PreflightAsync(http, origin);

        Assert.Equal(isAllowed ? [origin] : [], ValuesOf(preflight, "Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_star_allows_every_page_without_credentials()
    {
        var cluster = await shared.AsNewAsync("Gateway:Cors:AllowedOrigins:0=*");
        using var http = cluster.Client();

        using var preflight = await PreflightAsync(http, "https://anything.test");

        Assert.Equal(["*"], ValuesOf(preflight, "Access-Control-Allow-Origin"));
        Assert.Empty(ValuesOf(preflight, "Access-Control-Allow-Credentials"));
    }

    [Fact]
    public async Task Credentials_are_allowed_where_the_operator_says_so()
    {
        var cluster = await shared.AsNewAsync("Gateway:Cors:AllowedOrigins:0=" + Page, "Gateway:Cors:AllowCredentials=true");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var preflight = await PreflightAsync(http, Page);
        using var answer = await CaptionAsync(http, Page);

        Assert.Equal(["true"], ValuesOf(preflight, "Access-Control-Allow-Credentials"));
        Assert.Equal(["true"], ValuesOf(answer, "Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("/operations/keys")]
    [InlineData("/pricing/keys")]
    public async Task The_routes_of_operators_stay_closed(string path)
    {
        var cluster = await shared.AsNewAsync("Gateway:Cors:AllowedOrigins:0=" + Page, "Gateway:Pricing:Publish=true");
        using var http = cluster.Client(cluster.Pricing.AddKey("alice"));

        using var preflight = await PreflightAsync(http, Page, path: path);

        Assert.Empty(PermissionsOf(preflight));
    }

    [Theory]
    [InlineData("https://app.example.org/", false, "AllowedOrigins:0 is 'https://app.example.org/'")]
    [InlineData("app.example.org", false, "AllowedOrigins:0 is 'app.example.org'")]
    [InlineData("https://app.example.org:443", false, "AllowedOrigins:0 is 'https://app.example.org:443'")]
    [InlineData("*", true, "AllowCredentials is true")]
    [InlineData("https://*.example.org:8443", true, null)]
    public void A_setting_that_browsers_would_never_match_is_named(string origin, bool credentials, string? fault)
    {
        var options = new CrossOriginOptions { AllowCredentials = credentials };
        options.AllowedOrigins.Add(origin);

        var result = new OptionsRules<CrossOriginOptions>(CrossOriginOptions.Section).Validate(null, options);

        Assert.Equal(fault is null, result.Succeeded);
        Assert.Contains(fault ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> PreflightAsync(
        HttpClient http,
        string origin,
        string headers = "authorization",
        string path = "/image-to-text"
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", headers);
        return await http.SendAsync(request, Cancelled);
    }

    private static async Task<HttpResponseMessage> CaptionAsync(HttpClient http, string origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/image-to-text") { Content = Pictures.Form(Pictures.Png(64, 64)) };
        request.Headers.Add("Origin", origin);
        return await http.SendAsync(request, Cancelled);
    }

    private static string[] PermissionsOf(HttpResponseMessage answer) =>
        [
            .. answer
                .Headers.Where(static header => header.Key.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase))
                .Select(static header => $"{header.Key}: {string.Join(',', header.Value)}")
                .Order(StringComparer.Ordinal),
        ];

    private static string[] ValuesOf(HttpResponseMessage answer, string header) =>
        answer.Headers.TryGetValues(header, out var values) ? [.. values] : [];
}
