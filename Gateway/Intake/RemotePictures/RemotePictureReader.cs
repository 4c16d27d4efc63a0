using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ImageToText.Gateway.Errors;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Intake.RemotePictures;

/// <summary>
/// Fetches pictures that requests give by address: only from allowed hosts, never from an address in a private network whatever a
/// host's name resolves to, without following redirects, in limited time and memory.
/// </summary>
internal sealed class RemotePictureReader : IDisposable
{
    private readonly PictureIntake _intake;
    private readonly RemotePictureOptions _options;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;

    public RemotePictureReader(PictureIntake intake, IOptions<RemotePictureOptions> options, TimeProvider time)
        : this(
            intake,
            options,
            time,
            new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseProxy = false,
                UseCookies = false,
                ConnectCallback = ConnectAsync,
            }
        ) { }

    /// <summary>Fetches over other connections.</summary>
    internal RemotePictureReader(
        PictureIntake intake,
        IOptions<RemotePictureOptions> options,
        TimeProvider time,
        HttpMessageHandler connections
    )
    {
        _intake = intake;
        _options = options.Value;
        _time = time;
        _http = new HttpMessageInvoker(connections);
    }

    /// <summary>The web address in <paramref name="text"/>; null: it is not one.</summary>
    public static Uri? AddressOf(string text) =>
        (text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        && Uri.TryCreate(text, UriKind.Absolute, out var address)
            ? address
            : null;

    /// <summary>The picture in <paramref name="element"/>: base64, a data URL, or a web address to fetch it from.</summary>
    /// <param name="json">The body.</param>
    /// <param name="element">A string of it.</param>
    /// <param name="name">The string's name.</param>
    /// <param name="cancellationToken">Stops fetching.</param>
    /// <exception cref="RefusalException">There is no acceptable picture.</exception>
    public async Task<Picture> TakeAsync(JsonUpload json, JsonElement element, string name, CancellationToken cancellationToken) =>
        element.ValueKind == JsonValueKind.String && !json.IsLong(element) && AddressOf(element.GetString()!) is { } address
            ? await ReadAsync(address, cancellationToken)
            : json.TakePicture(element, name);

    /// <summary>Fetches a picture.</summary>
    /// <exception cref="RefusalException">
    /// The picture is not allowed, is missing or can't be accepted; 400, 413, 415, 422 or 429.
    /// </exception>
    public async Task<Picture> ReadAsync(Uri address, CancellationToken cancellationToken)
    {
        if (!_options.AllowedHosts.Any(host => Allows(host, address.IdnHost)))
        {
            throw NotFetched(
                "from this host: send its bytes, in JSON as a data URL 'data:image/…;base64,…', or ask the operator to allow the host "
                    + "(Gateway:RemotePictures:AllowedHosts)"
            );
        }

        using var late = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, address);
            using var response = await _http.SendAsync(message, either.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                throw NotFetched($"because its host answered {(int)response.StatusCode}");
            }

            await using var body = await response.Content.ReadAsStreamAsync(either.Token);
            return await _intake.ReadPictureAsync(body, response.Content.Headers.ContentLength, _options.MaxBytes, either.Token);
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested
            )
        {
            throw NotFetched("because its host can't be reached in the time allowed", failure);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

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

    private static RefusalException NotFetched(string why, Exception? inner = null) =>
        Refusals.BadRequest($"The picture is not fetched {why}.", Refusals.PictureParameter, inner);

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
