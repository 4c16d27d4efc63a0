using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.PricingService.Webhooks;

/// <summary>Where to send word of budgets that are nearly or wholly spent: <c>Pricing:Webhook</c>.</summary>
internal sealed class WebhookOptions : IValidatableObject
{
    public const string Section = "Pricing:Webhook";

    private const int LeastBytes = 24;
    private const int MostBytes = 64;

    /// <summary>The address that notices are posted to. Without one, none are sent.</summary>
    [HttpAddress(ErrorMessage = "write an address such as https://host/hook.")]
    public string? Url { get; set; }

    /// <summary>
    /// The secret that signs notices, as in Standard Webhooks: <c>whsec_</c> and 24 to 64 random bytes in base64.
    /// </summary>
    public string? Secret { get; set; }

    /// <summary>How long a notice is sent again before it is given up.</summary>
    [AtLeast("00:01:00", ErrorMessage = "give a minute or more, such as 3.00:00:00.")]
    public TimeSpan RetryFor { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Whether notices are sent.</summary>
    internal bool IsUsed => Url is { Length: > 0 };

    /// <summary>The signing key; null: the secret can't be read.</summary>
    internal byte[]? Key
    {
        get
        {
            string text = Secret ?? "";
            text = text.StartsWith(WebhookSignature.SecretPrefix, StringComparison.Ordinal)
                ? text[WebhookSignature.SecretPrefix.Length..]
                : text;
            byte[] bytes = new byte[MostBytes];
            return Convert.TryFromBase64String(text, bytes, out int length) && length >= LeastBytes ? bytes[..length] : null;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsUsed && Key is null)
        {
            yield return new(
                $"{Section}:{nameof(Secret)} must be {WebhookSignature.SecretPrefix} and {LeastBytes} to {MostBytes} random bytes in "
                    + "base64: write whsec_ and what 'openssl rand -base64 32' prints."
            );
        }
    }
}
