using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Validation;
using ImageToText.ServiceDefaults.Webhooks;

namespace ImageToText.PricingService.Webhooks;

/// <summary>Where to send word of budgets that are nearly or wholly spent: <c>Pricing:Webhook</c>.</summary>
internal sealed class WebhookOptions : IValidatableObject
{
    public const string Section = "Pricing:Webhook";

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
    internal byte[]? Key => WebhookSecret.Read(Secret);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IsUsed && Key is null)
        {
            yield return new($"{Section}:{nameof(Secret)} {WebhookSecret.Rule}");
        }
    }
}
