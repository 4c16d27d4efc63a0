using System.Net;
using System.Net.Sockets;
using ImageToText.AppHost.Running;

namespace ImageToText.AppHost.Tests.LocalRuns;

public sealed class GatewayPortTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("imagetotext-port-").FullName;

    private string LastPort => Path.Combine(_folder, "gateway-port");

    [Fact]
    public void The_first_free_port_from_8080_upwards_is_used()
    {
        int chosen = GatewayPort.Choose(asked: null, LastPort);
        Assert.InRange(chosen, 8080, 65535);
        using var taken = Listen(chosen);
        Assert.True(GatewayPort.Choose(asked: null, LastPort) > chosen);
    }

    [Fact]
    public void The_previous_choice_is_preferred_while_it_is_free()
    {
        int last;
        using (var listener = Listen(0))
        {
            last = ((IPEndPoint)listener.LocalEndpoint).Port;
            GatewayPort.Keep(last, LastPort);
            Assert.NotEqual(last, GatewayPort.Choose(asked: null, LastPort));
        }

        Assert.Equal(last, GatewayPort.Choose(asked: null, LastPort));
    }

    [Theory]
    [InlineData("")]
    [InlineData("eighty")]
    [InlineData("0")]
    [InlineData("70000")]
    public void A_file_without_a_port_is_ignored(string text)
    {
        File.WriteAllText(LastPort, text);
        Assert.InRange(GatewayPort.Choose(asked: null, LastPort), 8080, 65535);
    }

    [Fact]
    public void A_requested_port_in_use_names_the_setting()
    {
        using var listener = Listen(0);
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var refused = Assert.Throws<DeploymentException>(() => GatewayPort.Choose(port, LastPort));
        Assert.Contains($"Deployment:Port is {port}, but another program is listening there", refused.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return listener;
    }
}
