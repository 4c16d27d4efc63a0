using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ImageToText.ServiceDefaults.Webhooks;

/// <summary>
/// Signs webhooks as Standard Webhooks does (https://www.standardwebhooks.com), so that its published libraries verify them:
/// HMAC-SHA256 of id, time and body, joined by dots.
/// </summary>
public static class WebhookSignature
{
    /// <summary>The header with the notice's id, which is the same however often it is sent.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>The header with the time of sending, in seconds since 1970.</summary>
    public const string TimeHeader = "webhook-timestamp";

    /// <summary>The header with the signature.</summary>
    public const string SignatureHeader = "webhook-signature";

    /// <summary>The value of <see cref="SignatureHeader"/>.</summary>
    /// <param name="key">The secret's bytes.</param>
    /// <param name="id">The notice's id.</param>
    /// <param name="time">The value of <see cref="TimeHeader"/>: seconds since 1970.</param>
    /// <param name="body">The body.</param>
    public static string Of(byte[] key, string id, long time, string body)
    {
        string signed = string.Create(CultureInfo.InvariantCulture, $"{id}.{time}.{body}");
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(signed)));
    }
}
