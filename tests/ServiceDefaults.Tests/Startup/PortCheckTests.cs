using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ImageToText.ServiceDefaults.Startup;
using Microsoft.Extensions.Configuration;

namespace ImageToText.ServiceDefaults.Tests.Startup;

/// <summary>A port in use is reported with the setting that changes it.</summary>
public sealed class PortCheckTests : IDisposable
{
    private readonly TcpListener _taken = new(IPAddress.Loopback, 0);

    public PortCheckTests() => _taken.Start();

    [Theory]
    [InlineData("urls", "http://127.0.0.1:{0}", "ASPNETCORE_URLS")]
    [InlineData("urls", "http://localhost:{0}", "ASPNETCORE_URLS")]
    [InlineData("urls", "http://127.0.0.1:0;http://*:{0}", "ASPNETCORE_URLS")]
    [InlineData("http_ports", "{0}", "ASPNETCORE_HTTP_PORTS")]
    [InlineData("ServiceDefaults:ManagementPort", "{0}", "ServiceDefaults:ManagementPort")]
    public void The_setting_is_named(string key, string value, string setting)
    {
        int port = ((IPEndPoint)_taken.LocalEndpoint).Port;
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("urls", key == "http_ports" ? null : "http://127.0.0.1:0")])
            .AddInMemoryCollection([new(key, string.Format(CultureInfo.InvariantCulture, value, port))])
            .Build();

        var refused = Assert.Throws<ServiceStartException>(() => PortCheck.ThrowIfTaken(configuration));

        Assert.Contains($"Port {port} is in use", refused.Message, StringComparison.Ordinal);
        Assert.Contains(setting, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_for_any_free_port_never_fails() =>
        PortCheck.ThrowIfTaken(new ConfigurationBuilder().AddInMemoryCollection([new("urls", "http://127.0.0.1:0")]).Build());

    public void Dispose() => _taken.Dispose();
}
