using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Registry;

/// <summary>Where the pricing service is, and how to follow the network: <c>Gateway:Pricing</c>.</summary>
public sealed class PricingConnectionOptions
{
    /// <summary>
    /// The pricing service's base address. Service discovery resolves names. Null: <c>https+http://pricing</c>, if the
    /// configuration has the endpoints of <c>pricing</c> (<c>services:pricing:http:0</c>), as Aspire sets them.
    /// </summary>
    [Required(ErrorMessage = "give the pricing service's address, such as http://localhost:5100.")]
    public Uri? Address { get; set; }

    /// <summary>The service token by which the pricing service recognizes gateways.</summary>
    public string? Token { get; set; }

    /// <summary>
    /// The service token before this one. It is never sent: gateways that share jobs open with it what they sealed with it (the secrets
    /// of webhooks).
    /// </summary>
    public string? PreviousToken { get; set; }

    /// <summary>How long one request for changes may stay open.</summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest pause between two attempts while the pricing service can't be reached.</summary>
    public TimeSpan RetryAtMost { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the pricing service may take to answer a call on behalf of a request; after that it counts as down.
    /// </summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Whether to serve the pricing service's own API below <c>/pricing</c>, for operators outside. It requires its own keys.
    /// </summary>
    public bool Publish { get; set; }
}
