using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Catalogue;

/// <summary>How models are verified on request: <c>Pricing:Verification</c>.</summary>
internal sealed class VerificationOptions
{
    public const string Section = "Pricing:Verification";

    /// <summary>A node that has not reported for this long loses the job.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a request rests after an attempt that failed through no fault of the model.</summary>
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how many attempts a request is rejected.</summary>
    public int MaxAttempts { get; set; } = 5;

    /// <summary>A request that no node has taken for this long is rejected.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(1);

    internal sealed class Validation : IValidateOptions<VerificationOptions>
    {
        public ValidateOptionsResult Validate(string? name, VerificationOptions options) =>
            options.Lease < TimeSpan.FromSeconds(1)
                ? ValidateOptionsResult.Fail($"{Section}:Lease is {options.Lease}: give a second or more, such as 00:01:00.")
            : options.RetryAfter < TimeSpan.Zero
                ? ValidateOptionsResult.Fail(
                    $"{Section}:RetryAfter is {options.RetryAfter}: give a time span of zero or more, such as 00:00:30."
                )
            : options.MaxAttempts < 1 ? ValidateOptionsResult.Fail($"{Section}:MaxAttempts is {options.MaxAttempts}: give 1 or more.")
            : options.GiveUpAfter <= TimeSpan.Zero
                ? ValidateOptionsResult.Fail(
                    $"{Section}:GiveUpAfter is {options.GiveUpAfter}: give a time span above zero, such as 1.00:00:00."
                )
            : ValidateOptionsResult.Success;
    }
}
