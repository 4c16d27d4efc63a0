using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Cors;

/// <summary>Which web pages of other origins may call the API from a browser: <c>Gateway:Cors</c>. By default none may.</summary>
public sealed class CrossOriginOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Gateway:Cors";

    private const string Everyone = "*";

    /// <summary>
    /// Origins such as <c>https://app.example.org</c>; <c>https://*.example.org</c> means any host below it, and a lone <c>*</c>
    /// every page.
    /// </summary>
    public IList<string> AllowedOrigins { get; } = [];

    /// <summary>
    /// Whether pages from this machine may call too, whatever their port. <c>serve</c> sets it if it listens on loopback only.
    /// </summary>
    public bool AllowLoopback { get; set; }

    /// <summary>
    /// Whether pages may send cookies and client certificates, for a gateway behind a proxy that asks for them. API keys don't need it.
    /// </summary>
    public bool AllowCredentials { get; set; }

    /// <summary>How long browsers may remember what they are allowed.</summary>
    public TimeSpan RememberFor { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether any page may call.</summary>
    internal bool IsOn => AllowLoopback || AllowedOrigins.Count > 0;

    /// <summary>Whether every page may call.</summary>
    internal bool AllowsEveryone => AllowedOrigins.Contains(Everyone);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        for (int i = 0; i < AllowedOrigins.Count; i++)
        {
            if (AllowedOrigins[i] != Everyone && !IsOrigin(AllowedOrigins[i]))
            {
                yield return new(
                    $"{Section}:{nameof(AllowedOrigins)}:{i} is '{AllowedOrigins[i]}': write scheme and host, and the port if it is "
                        + "unusual, such as https://app.example.org or http://localhost:3000; or * for every page."
                );
            }
        }

        if (AllowsEveryone && AllowCredentials)
        {
            yield return new(
                $"{Section}:{nameof(AllowCredentials)} is true, but browsers send no credentials where every page is allowed: list the "
                    + "origins instead of *."
            );
        }
    }

    // As browsers write it: in lower case, without a path and without the scheme's own port.
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text.Replace("://*.", "://any.", StringComparison.Ordinal), UriKind.Absolute, out var address)
        && address.Scheme is "http" or "https"
        && address.GetLeftPart(UriPartial.Authority) == text.Replace("://*.", "://any.", StringComparison.Ordinal);
}
