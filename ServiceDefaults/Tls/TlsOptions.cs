using System.ComponentModel.DataAnnotations;
using ImageToText.ServiceDefaults.Validation;

namespace ImageToText.ServiceDefaults.Tls;

/// <summary>TLS between gateways, nodes and the pricing service: <c>ServiceDefaults:Tls</c>.</summary>
public sealed class TlsOptions : IValidatableObject
{
    /// <summary>The configuration section of these options.</summary>
    public const string Section = "ServiceDefaults:Tls";

    /// <summary>
    /// A PEM file with the certificates of the network's own authority. Gateways, nodes and the pricing service then trust each
    /// other's certificates if it has issued them, and no others; and a caller with a client certificate of it needs no token. Null:
    /// the machine's authorities, and tokens.
    /// </summary>
    [ExistingFile]
    public string? AuthorityFile { get; set; }

    /// <summary>A PEM file with this service's client certificate, to show to the others; null: none.</summary>
    [ExistingFile]
    public string? CertificateFile { get; set; }

    /// <summary>A PEM file with the private key of <see cref="CertificateFile"/>; null: it is in the same file.</summary>
    [ExistingFile]
    public string? KeyFile { get; set; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (KeyFile is { Length: > 0 } && CertificateFile is not { Length: > 0 })
        {
            yield return new($"{Section}:KeyFile is set without {Section}:CertificateFile: name the certificate's file too.");
        }

        if (CertificateFile is { Length: > 0 } && AuthorityFile is not { Length: > 0 })
        {
            yield return new($"{Section}:CertificateFile is set without {Section}:AuthorityFile: name the authority that has issued it.");
        }
    }
}
