using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using ImageToText.ServiceDefaults.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Tests.Tls;

/// <summary>Services trust what the network's own authority has issued, and say what is wrong with everything else.</summary>
public sealed class NetworkTlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tls-tests-").FullName;
    private readonly TestAuthority _authority;
    private readonly TestAuthority _other;

    public NetworkTlsTests()
    {
        _authority = new TestAuthority(_folder, "Our authority");
        _other = new TestAuthority(_folder, "Another authority");
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("good", null)]
    [InlineData("other", "The certificate of CN=server was issued by CN=Another authority, not by an authority in ServiceDefaults:Tls")]
    [InlineData("expired", "The certificate of CN=server expired on ")]
    [InlineData("name", "The certificate of CN=server is for node-b.example, not for 127.0.0.1: issue one with that name")]
    public async Task A_server_is_called_only_with_a_certificate_of_the_authority_for_its_name(string kind, string? fault)
    {
        string certificate = Issue("server", kind);
        await using var server = await StartAsync(certificate);
        using var tls = Tls(null);
        using var http = Client(server, tls);

        if (fault is null)
        {
            Assert.Equal("no certificate", await http.GetStringAsync("/", Cancelled));
            return;
        }

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync("/", Cancelled));
        var reason = Assert.IsType<AuthenticationException>(failure.GetBaseException());
        Assert.StartsWith($"127.0.0.1 is not trusted. {fault}", reason.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("good", "member")]
    [InlineData("other", "The certificate of CN=client was issued by CN=Another authority, not by an authority in ServiceDefaults:Tls")]
    [InlineData("expired", "The certificate of CN=client expired on ")]
    public async Task A_caller_is_known_by_a_certificate_of_the_authority(string kind, string answer)
    {
        await using var server = await StartAsync(Issue("server", "good"));
        using var tls = Tls(Issue("client", kind));
        using var http = Client(server, tls);
        Assert.StartsWith(answer, await http.GetStringAsync("/", Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_authority_no_certificate_counts_and_a_file_that_is_none_is_named()
    {
        using var off = new NetworkTls(Options.Create(new TlsOptions()), TimeProvider.System, NullLogger<NetworkTls>.Instance);
        using var certificate = X509Certificate2.CreateFromPemFile(Issue("client", "good"));
        Assert.False(off.IsMember(certificate, out string? fault));
        Assert.Null(fault);

        string text = Path.Combine(_folder, "text.pem");
        await File.WriteAllTextAsync(text, "no certificate", Cancelled);
        var refused = Assert.Throws<OptionsValidationException>(() =>
            new NetworkTls(Options.Create(new TlsOptions { AuthorityFile = text }), TimeProvider.System, NullLogger<NetworkTls>.Instance)
        );
        Assert.Contains($"ServiceDefaults:Tls:AuthorityFile is '{text}', which can't be used", refused.Message, StringComparison.Ordinal);
    }

    private string Issue(string name, string kind) =>
        kind == "other" ? _other.Issue(name) : _authority.Issue(name, kind == "name" ? "node-b.example" : null, kind == "expired");

    private async Task<TestService> StartAsync(string certificate)
    {
        var builder = TestService.Builder(
            ("ServiceDefaults:Tls:AuthorityFile", _authority.File),
            ("ServiceDefaults:Telemetry", "false"),
            ("Kestrel:Certificates:Default:Path", certificate),
            ("Kestrel:Certificates:Default:KeyPath", certificate)
        );
        builder.WebHost.UseUrls("https://127.0.0.1:0");
        builder.Services.AskCallersForCertificates();
        return await TestService.StartAsync(
            builder,
            static app =>
                app.MapGet(
                    "/",
                    static (HttpContext http, NetworkTls tls) =>
                        tls.IsMember(http.Connection.ClientCertificate, out string? fault) ? "member" : fault ?? "no certificate"
                )
        );
    }

    private NetworkTls Tls(string? certificate) =>
        new(
            Options.Create(new TlsOptions { AuthorityFile = _authority.File, CertificateFile = certificate }),
            TimeProvider.System,
            NullLogger<NetworkTls>.Instance
        );

    private static HttpClient Client(TestService server, NetworkTls tls)
    {
        var connections = new SocketsHttpHandler();
        tls.Join(connections);
        return new HttpClient(connections) { BaseAddress = server.Client.BaseAddress, Timeout = TimeSpan.FromMinutes(2) };
    }
}
