using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Admission;

/// <summary>Who may ask for captions: <c>Gateway:Admission</c>.</summary>
public sealed class CallerOptions
{
    /// <summary>Who needs no API key.</summary>
    public AnonymousAccess Anonymous { get; set; } = AnonymousAccess.None;

    /// <summary>The key id to which captions without an API key are charged.</summary>
    [Required]
    [RegularExpression("^[A-Za-z0-9._-]{1,64}$", ErrorMessage = "give 1 to 64 letters, digits, '.', '_' and '-'.")]
    public string AnonymousKeyId { get; set; } = "anonymous";

    /// <summary>Requests per minute of all callers without an API key together; null: no limit.</summary>
    [Range(1, 1_000_000_000)]
    public int? AnonymousRequestsPerMinute { get; set; }

    /// <summary>
    /// Whether callers without an API key may use files and jobs where <see cref="Anonymous"/> is <c>Everyone</c>. They all share one
    /// key, so each of them sees, cancels and deletes the files and jobs of the others.
    /// </summary>
    public bool AnonymousJobs { get; set; }

    /// <summary>
    /// An operator token lent to callers on this machine who bring no key, as on a developer's own machine; null: operators need
    /// a key everywhere.
    /// </summary>
    public string? LoopbackOperatorToken { get; set; }

    /// <summary>
    /// How long a request whose key has a rate limit waits for Redis to count it; up to twenty times as long while Redis is measured
    /// to be slow. Without an answer, its gateway counts alone.
    /// </summary>
    public TimeSpan RatePatience { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long to remember that a key is unknown, so that guessing does not reach the pricing service.</summary>
    public TimeSpan RememberUnknown { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>Who needs no API key.</summary>
public enum AnonymousAccess
{
    /// <summary>Everyone needs one.</summary>
    None,

    /// <summary>Callers on this machine need none.</summary>
    Loopback,

    /// <summary>Nobody needs one.</summary>
    Everyone,
}
