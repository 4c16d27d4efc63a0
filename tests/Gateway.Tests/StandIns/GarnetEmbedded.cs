using System.Globalization;
using Garnet;

namespace ImageToText.Gateway.Tests.StandIns;

/// <summary>Garnet in this process, as in Standalone.</summary>
internal sealed class GarnetEmbedded : IDisposable
{
    private readonly GarnetServer _server;

    public GarnetEmbedded(int port)
    {
        _server = new GarnetServer([
            "--bind",
            "127.0.0.1",
            "--port",
            port.ToString(CultureInfo.InvariantCulture),
            "--memory",
            "64m",
            "--index",
            "4m",
            "--page",
            "1m",
            "--device-type",
            "RandomAccess",
        ]);
        _server.Start();
    }

    public void Dispose() => _server.Dispose();
}
