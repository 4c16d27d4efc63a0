using System.ComponentModel.DataAnnotations;

namespace ImageToText.Gateway.Registry;

/// <summary>Where the pricing service is and how the network is watched: <c>Gateway:Pricing</c>.</summary>
public sealed class PricingConnectionOptions
{
    /// <summary>
    /// The pricing service's base address; names of service discovery are resolved. Null: <c>https+http://pricing</c>, where the
    /// configuration tells the endpoints of <c>pricing</c> (<c>services:pricing:http:0</c>), as Aspire does.
    /// </summary>
    [Required(ErrorMessage = "give the pricing service's address, such as http://localhost:5100.")]
    public Uri? Address { get; set; }

    /// <summary>The service token that the pricing service knows gateways by.</summary>
    public string? Token { get; set; }

    /// <summary>How long one question for changes may stay open.</summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The longest pause between two tries while the pricing service can't be reached.</summary>
    public TimeSpan RetryAtMost { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the pricing service may take to answer what a request waits for; it is away then.</summary>
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether the pricing service's own API is served below <c>/pricing</c>, for operators outside. It asks for its own keys.</summary>
    public bool Publish { get; set; }
}
