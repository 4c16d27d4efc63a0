using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Catalogue;

/// <summary>Verifying models on request.</summary>
internal sealed class VerificationOptions
{
    public const string Section = "Pricing:Verification";

    /// <summary>A node that has not reported for so long has lost the job.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a request rests after an attempt that failed through no fault of the model.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A request is rejected after so many attempts.</summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>A request that no node has taken for so long is rejected.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(1);

    internal sealed class Validation : IValidateOptions<VerificationOptions>
    {
        public ValidateOptionsResult Validate(string? name, VerificationOptions options) =>
            options.Lease < TimeSpan.FromSeconds(1) ? ValidateOptionsResult.Fail($"{Section}:Lease must be at least a second.")
            : options.RetryAfter < TimeSpan.Zero ? ValidateOptionsResult.Fail($"{Section}:RetryAfter must not be negative.")
            : options.MaxAttempts < 1 ? ValidateOptionsResult.Fail($"{Section}:MaxAttempts must be at least 1.")
            : options.GiveUpAfter <= TimeSpan.Zero ? ValidateOptionsResult.Fail($"{Section}:GiveUpAfter must be more than zero.")
            : ValidateOptionsResult.Success;
    }
}
