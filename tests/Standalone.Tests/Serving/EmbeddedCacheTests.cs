using System.Net;
using System.Net.Sockets;
using ImageToText.Standalone.Serving;

namespace ImageToText.Standalone.Tests.Serving;

/// <summary>The cache inside 'serve'.</summary>
public sealed class EmbeddedCacheTests
{
    [Fact]
    public void A_port_that_another_program_has_taken_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        int port = ((IPEndPoint)other.LocalEndpoint).Port;
        using var cache = new EmbeddedCache(port, "secret");

        var taken = Assert.Throws<CachePortTakenException>(cache.Start);

        Assert.Contains($"{port}", taken.Message, StringComparison.Ordinal);
    }
}
