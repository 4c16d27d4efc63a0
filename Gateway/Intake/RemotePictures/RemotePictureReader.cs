using System.Text.Json;
using ImageToText.Gateway.Errors;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway.Intake.RemotePictures;

/// <summary>Fetches pictures that requests give by address, through <see cref="AllowedWeb"/>, into limited memory.</summary>
internal sealed class RemotePictureReader : IDisposable
{
    private readonly PictureIntake _intake;
    private readonly RemotePictureOptions _options;
    private readonly AllowedWeb _web;

    public RemotePictureReader(PictureIntake intake, IOptions<RemotePictureOptions> options, TimeProvider time)
        : this(intake, options, time, AllowedWeb.PublicConnections()) { }

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
        _web = new AllowedWeb(_options.AllowedHosts, _options.Timeout, time, connections);
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
        if (!_web.Allows(address))
        {
            throw AllowedWeb.NotFetched(
                "from this host: send its bytes, in JSON as a data URL 'data:image/…;base64,…', or ask the operator to allow the host "
                    + "(Gateway:RemotePictures:AllowedHosts)"
            );
        }

        return await _web.GetAsync(
            address,
            (body, length, stop) => _intake.ReadPictureAsync(body, length, _options.MaxBytes, stop),
            cancellationToken
        );
    }

    /// <inheritdoc/>
    public void Dispose() => _web.Dispose();
}
