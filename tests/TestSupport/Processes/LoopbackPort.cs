using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ImageToText.TestSupport;

/// <summary>Ports on this machine, for programs that need to be told theirs.</summary>
public static class LoopbackPort
{
    // Below the ephemeral range, so no outgoing connection takes the port before the program listens on it.
    private const int First = 10_240;
    private const int End = 32_768;

    // Held until this process ends, so no other test process gets the same port before a program listens on it.
    private static readonly ConcurrentBag<FileStream> Held = [];

    /// <summary>A port that nothing listens on now and no other test gets.</summary>
    public static int Free()
    {
        while (true)
        {
            int port = Random.Shared.Next(First, End);
            if (!TryHold(port))
            {
                continue;
            }

            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // Try another one.
            }
        }
    }

    private static bool TryHold(int port)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "imagetotext-test-ports"));
        string file = Path.Combine(folder.FullName, port.ToString(CultureInfo.InvariantCulture));
        try
        {
            Held.Add(
                new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose)
            );
            return true;
        }
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
