using System.Net;
using System.Net.Sockets;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Resilience;

namespace ImageToText.Gateway.Intake.RemotePictures;

/// <summary>
/// The hosts that may be called, to fetch pictures or to tell of the end of jobs: never an address in a private network, whatever a
/// host's name resolves to, without following redirects, in limited time.
/// </summary>
internal sealed class AllowedWeb(IEnumerable<string> hosts, TimeSpan timeout, TimeProvider time, HttpMessageHandler connections)
    : IDisposable
{
    private readonly HttpMessageInvoker _http = new(connections);

    /// <summary>Connections to the public internet alone.</summary>
    public static SocketsHttpHandler PublicConnections() =>
        new()
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
        };

    /// <summary>Whether the host of <paramref name="address"/> is allowed.</summary>
    public bool Allows(Uri address) => hosts.Any(host => Allows(host, address.IdnHost));

    /// <summary>Gets an address and reads its body.</summary>
    /// <param name="address">An address that is allowed.</param>
    /// <param name="read">Reads the body, of whose length in bytes the host has told, or null.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="RefusalException">The host doesn't give it, or not in time; 400.</exception>
    public async Task<T> GetAsync<T>(Uri address, Func<Stream, long?, CancellationToken, Task<T>> read, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(timeout, time, cancellationToken);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = await _http.SendAsync(message, deadline.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw NotFetched($"because its host answered {(int)response.StatusCode}");
            }

            await using var body = await response.Content.ReadAsStreamAsync(deadline.Token);
            return await read(body, response.Content.Headers.ContentLength, deadline.Token);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested
            )
        {
            throw NotFetched("because its host can't be reached in the time allowed", failure);
        }
    }

    /// <summary>Sends a request to an address that is allowed, and returns once the answer's headers are there.</summary>
    /// <exception cref="OperationCanceledException">It took too long, or was cancelled.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(timeout, time, cancellationToken);
        return await _http.SendAsync(request, deadline.Token);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>A picture is not fetched, and <paramref name="why"/>.</summary>
    public static RefusalException NotFetched(string why, Exception? inner = null) =>
        Refusals.BadRequest($"The picture is not fetched {why}.", Refusals.PictureParameter, inner);

    /// <summary>Whether <paramref name="address"/> belongs to the public internet.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
        {
            address = address.MapToIPv4();
        }

        byte[] bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // Global unicast, without addresses that embed IPv4 ones (Teredo, 6to4) or are reserved for documentation.
            return (bytes[0] & 0xE0) == 0x20
                && !(bytes[0] == 0x20 && bytes[1] == 0x02)
                && !(bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0 && bytes[3] == 0)
                && !(bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8);
        }

        return (bytes[0], bytes[1]) switch
        {
            (0 or 10 or 127, _) => false,
            (100, >= 64 and < 128) => false,
            (169, 254) => false,
            (172, >= 16 and < 32) => false,
            (192, 168) => false,
            (192, 0) => false,
            (198, 18 or 19) => false,
            (>= 224, _) => false,
            _ => true,
        };
    }

    private static bool Allows(string host, string asked) =>
        host.StartsWith("*.", StringComparison.Ordinal)
            ? asked.EndsWith(host[1..], StringComparison.OrdinalIgnoreCase)
            : asked.Equals(host, StringComparison.OrdinalIgnoreCase);

    // The address that was checked is the one that is called, so a name can't be resolved again in between.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancellationToken);
        var open = addresses.Where(IsPublic).ToArray();
        if (open.Length == 0)
        {
            throw new HttpRequestException("The host has no public address.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
