using System.Net;
using ImageToText.Contracts.Client;
using ImageToText.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>The secrets between services: all of them can be changed while they work, and certificates can take their place.</summary>
public sealed class SecretTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("secret-tests-").FullName;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_secret_is_changed_and_no_request_fails()
    {
        const string NewService = "the second service token";
        const string NewOperator = "the second operator token";
        const string NewNode = "the second node token";
        await using var services = await ThreeServices.StartAsync("http");
        using var operators = ThreeServices.Client(services.Pricing, ThreeServices.OperatorToken);
        var key = await new PricingClient(operators).CreateKeyAsync(new("caller"), Cancelled);
        using var caller = ThreeServices.Client(services.Gateway, key.Secret);
        Assert.Equal(HttpStatusCode.OK, await ThreeServices.CaptionAsync(caller, Cancelled));
        Assert.Equal(ThreeServices.NodeToken, services.LastNodeToken);

        // Captions go on all the time.
        using var enough = new CancellationTokenSource();
        var captions = CaptionUntilAsync(caller, enough.Token);

        // The service token: who accepts it first, then who sends it, and at last the old one is no longer accepted.
        ThreeServices.Set(services.Pricing, "Pricing:Access:PreviousServiceToken", ThreeServices.ServiceToken);
        ThreeServices.Set(services.Pricing, "Pricing:Access:ServiceToken", NewService);
        Assert.Equal(HttpStatusCode.OK, await ServiceCallAsync(services, ThreeServices.ServiceToken));
        ThreeServices.Set(services.Gateway, "Gateway:Pricing:Token", NewService);
        ThreeServices.Set(services.Node, "Inference:Registration:PricingToken", NewService);
        ThreeServices.Set(services.Pricing, "Pricing:Access:PreviousServiceToken", null);
        Assert.Equal(HttpStatusCode.Unauthorized, await ServiceCallAsync(services, ThreeServices.ServiceToken));
        Assert.Equal(HttpStatusCode.OK, await ServiceCallAsync(services, NewService));

        // The node's token: it accepts both until gateways have heard of the new one, which it tells with the new service token.
        ThreeServices.Set(services.Node, "Inference:PreviousAuthToken", ThreeServices.NodeToken);
        ThreeServices.Set(services.Node, "Inference:AuthToken", NewNode);
        await Eventually.HoldsAsync(() => services.LastNodeToken == NewNode);
        ThreeServices.Set(services.Node, "Inference:PreviousAuthToken", null);
        using (var node = ThreeServices.Client(services.Node, ThreeServices.NodeToken))
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await ThreeServices.CaptionAsync(node, Cancelled));
        }

        // The operator token.
        ThreeServices.Set(services.Pricing, "Pricing:Access:PreviousOperatorToken", ThreeServices.OperatorToken);
        ThreeServices.Set(services.Pricing, "Pricing:Access:OperatorToken", NewOperator);
        foreach (string token in (string[])[ThreeServices.OperatorToken, NewOperator])
        {
            Assert.Equal(HttpStatusCode.OK, await GetAsync(services.Pricing, "keys", token));
            Assert.Equal(HttpStatusCode.OK, await GetAsync(services.Gateway, "pricing/keys", token));
        }

        ThreeServices.Set(services.Pricing, "Pricing:Access:PreviousOperatorToken", null);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(services.Pricing, "keys", ThreeServices.OperatorToken));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(services.Pricing, "keys", NewOperator));

        // A change that is not valid is not followed.
        Assert.ThrowsAny<Exception>(() => ThreeServices.Set(services.Pricing, "Pricing:Access:ServiceToken", "short"));
        Assert.Equal(HttpStatusCode.OK, await ServiceCallAsync(services, NewService));

        await enough.CancelAsync();
        var statuses = await captions;
        Assert.All(statuses, static status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Fact]
    public async Task Certificates_take_the_place_of_tokens_and_a_gateway_lends_its_own_to_nobody()
    {
        using var authority = new TestAuthority(_folder, "Our authority");
        using var other = new TestAuthority(_folder, "Another authority");
        string certificate = authority.Issue("service");
        await using var services = await ThreeServices.StartAsync(
            "https",
            ("Kestrel:Certificates:Default:Path", certificate),
            ("Kestrel:Certificates:Default:KeyPath", certificate),
            ("ServiceDefaults:Tls:AuthorityFile", authority.File),
            ("ServiceDefaults:Tls:CertificateFile", certificate),
            // None is sent, so the certificates alone speak for the gateway and the node.
            ("Gateway:Pricing:Token", null),
            ("Inference:Registration:PricingToken", null)
        );
        using var operators = ThreeServices.Client(services.Pricing, ThreeServices.OperatorToken, Connections(authority, null));
        var key = await new PricingClient(operators).CreateKeyAsync(new("caller"), Cancelled);
        using var caller = ThreeServices.Client(services.Gateway, key.Secret, Connections(authority, null));
        Assert.Equal(HttpStatusCode.OK, await ThreeServices.CaptionAsync(caller, Cancelled));

        // What others ask the pricing service through the gateway has only their own rights.
        using var stranger = ThreeServices.Client(services.Gateway, null, Connections(authority, null));
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("pricing/nodes", Cancelled)).StatusCode);

        // The node needs no token from a caller with a certificate, but one of the right authority.
        Assert.Equal(HttpStatusCode.OK, await AtNodeAsync(authority.Issue("client")));
        Assert.Equal(HttpStatusCode.Unauthorized, await AtNodeAsync(null));
        Assert.Equal(HttpStatusCode.Unauthorized, await AtNodeAsync(other.Issue("stranger")));
        Assert.Equal(HttpStatusCode.Unauthorized, await AtNodeAsync(authority.Issue("former", ended: true)));

        async Task<HttpStatusCode> AtNodeAsync(string? shown)
        {
            using var node = ThreeServices.Client(services.Node, null, Connections(authority, shown));
            return await ThreeServices.CaptionAsync(node, Cancelled);
        }
    }

    private static SocketsHttpHandler Connections(TestAuthority authority, string? certificate)
    {
        var tls = new NetworkTls(
            Options.Create(new TlsOptions { AuthorityFile = authority.File, CertificateFile = certificate }),
            TimeProvider.System,
            NullLogger<NetworkTls>.Instance
        );
        var connections = new SocketsHttpHandler();
        tls.Join(connections);
        return connections;
    }

    private static async Task<List<HttpStatusCode>> CaptionUntilAsync(HttpClient caller, CancellationToken enough)
    {
        List<HttpStatusCode> statuses = [];
        while (!enough.IsCancellationRequested)
        {
            statuses.Add(await ThreeServices.CaptionAsync(caller, CancellationToken.None));
        }

        return statuses;
    }

    private static Task<HttpStatusCode> ServiceCallAsync(ThreeServices services, string token) =>
        GetAsync(services.Pricing, "prices", token);

    private static async Task<HttpStatusCode> GetAsync(WebApplication app, string path, string token)
    {
        using var http = ThreeServices.Client(app, token);
        using var answer = await http.GetAsync(path, Cancelled);
        return answer.StatusCode;
    }
}
