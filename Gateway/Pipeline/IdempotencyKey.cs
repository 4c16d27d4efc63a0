using System.Globalization;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Redis;

namespace ImageToText.Gateway.Pipeline;

/// <summary>The idempotency key of a request, of which only hashes leave the gateway.</summary>
/// <param name="Hash">Hash of the key, and of the picture's place in a batch.</param>
/// <param name="Path">The route, since a key holds for one request.</param>
internal sealed record IdempotencyKey(string Hash, string Path)
{
    public const string Header = "Idempotency-Key";
    private const int Longest = 255;

    /// <summary>Reads the header; null: there is none.</summary>
    /// <param name="request">The request.</param>
    /// <param name="index">The picture's place in a batch.</param>
    /// <exception cref="RefusalException">400: it is empty, too long, or given twice.</exception>
    public static IdempotencyKey? Read(HttpRequest request, int index = 0)
    {
        if (!request.Headers.TryGetValue(Header, out var values))
        {
            return null;
        }

        return values is [{ Length: > 0 and <= Longest } key]
            ? new IdempotencyKey(CacheKeys.Identity(key, index.ToString(CultureInfo.InvariantCulture)), request.Path)
            : throw Refusals.BadRequest($"The header {Header} must be given once, with 1 to {Longest} characters.", Header);
    }

    /// <summary>Hash of what <paramref name="request"/> asks.</summary>
    public string FingerprintOf(CaptionRequest request) =>
        CacheKeys.Identity(
            Path,
            request.ModelId ?? "",
            request.Parameters.Canonical,
            request.ChatText ?? "",
            request.Picture.Sha256,
            string.Create(CultureInfo.InvariantCulture, $"{request.Stream} {request.Details} {request.MaxPricePerPixel}")
        );
}
