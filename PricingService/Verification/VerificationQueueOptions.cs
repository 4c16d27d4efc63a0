using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.PricingService.Verification;

/// <summary>How models are verified on request: <c>Pricing:Verification</c>.</summary>
internal sealed class VerificationQueueOptions
{
    public const string Section = "Pricing:Verification";

    /// <summary>A node that has not reported for this long loses the job.</summary>
    [AtLeast("00:00:01", ErrorMessage = "give a second or more, such as 00:01:00.")]
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a request rests after an attempt that failed through no fault of the model.</summary>
    [AtLeast("00:00:00", ErrorMessage = "give a time span of zero or more, such as 00:00:30.")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After how many attempts a request is rejected.</summary>
    [AtLeast(1)]
    public int MaxAttempts { get; set; } = 5;

    /// <summary>A request that no node has taken for this long is rejected.</summary>
    [AtLeast("00:00:00", Exclusive = true, ErrorMessage = "give a time span above zero, such as 1.00:00:00.")]
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(1);
}
