using System.Diagnostics;
using System.Net.Sockets;

namespace ImageToText.TestSupport;

/// <summary>Starts programs of others that listen on a port of this machine.</summary>
internal static class ListeningProcess
{
    /// <summary>Starts one, and waits until it accepts connections. What it prints is dropped.</summary>
    public static async Task<Process> StartAsync(string program, int port, params IEnumerable<string> arguments)
    {
        var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await Eventually.HoldsAsync(async () =>
            {
                if (process.HasExited)
                {
                    throw new InvalidOperationException(program + " has ended.");
                }

                using var socket = new TcpClient();
                try
                {
                    await socket.ConnectAsync("127.0.0.1", port);
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            });
            return process;
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }
    }
}
