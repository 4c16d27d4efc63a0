namespace ImageToText.ServiceDefaults.Webhooks;

/// <summary>Secrets of webhooks as Standard Webhooks writes them: <c>whsec_</c> and 24 to 64 random bytes in base64.</summary>
public static class WebhookSecret
{
    /// <summary>What a secret must look like, and how to make one; it follows the setting's or field's name.</summary>
    public const string Rule =
        "must be whsec_ and 24 to 64 random bytes in base64: write whsec_ and what 'openssl rand -base64 32' prints.";

    private const string Prefix = "whsec_";
    private const int LeastBytes = 24;
    private const int MostBytes = 64;

    /// <summary>The signing key in a secret; null: it can't be read.</summary>
    /// <param name="secret">The secret, with or without its prefix.</param>
    public static byte[]? Read(string? secret)
    {
        string text = secret ?? "";
        text = text.StartsWith(Prefix, StringComparison.Ordinal) ? text[Prefix.Length..] : text;
        byte[] bytes = new byte[MostBytes];
        return Convert.TryFromBase64String(text, bytes, out int length) && length >= LeastBytes ? bytes[..length] : null;
    }
}
