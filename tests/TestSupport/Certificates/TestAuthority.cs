using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ImageToText.TestSupport;

/// <summary>A certificate authority of a test, whose certificates lie in a folder as PEM files.</summary>
public sealed class TestAuthority : IDisposable
{
    private readonly string _folder;
    private readonly X509Certificate2 _root;

    /// <summary>Makes an authority.</summary>
    /// <param name="folder">The folder for its files.</param>
    /// <param name="name">Its name.</param>
    public TestAuthority(string folder, string name)
    {
        _folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        _root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2));
        File = Path.Combine(folder, $"{name}.pem");
        System.IO.File.WriteAllText(File, _root.ExportCertificatePem());
    }

    /// <summary>The file with the authority's own certificate.</summary>
    public string File { get; }

    /// <summary>Issues a certificate for servers and clients, for the machine's own address unless it is for another host.</summary>
    /// <param name="name">Its subject.</param>
    /// <param name="host">A host name; null: 127.0.0.1.</param>
    /// <param name="ended">Whether it has expired.</param>
    /// <returns>The file with the certificate and its key.</returns>
    public string Issue(string name, string? host = null, bool ended = false)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (host is null)
        {
            names.AddIpAddress(IPAddress.Loopback);
        }
        else
        {
            names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false)
        );
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, includeKeyIdentifier: true, includeIssuerAndSerial: false)
        );
        var now = DateTimeOffset.UtcNow;
        using var certificate = request.Create(
            _root,
            now.AddYears(-1),
            ended ? now.AddDays(-2) : now.AddYears(1),
            RandomNumberGenerator.GetBytes(16)
        );
        string file = Path.Combine(_folder, $"{name}.pem");
        System.IO.File.WriteAllText(file, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
        return file;
    }

    /// <inheritdoc/>
    public void Dispose() => _root.Dispose();
}
