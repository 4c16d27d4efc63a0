using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ImageToText.ServiceDefaults.Tls;

/// <summary>What a certificate was issued for.</summary>
internal enum CertificateUse
{
    Server,
    Client,
}

/// <summary>Says whether certificates were issued by the network's own authority, and if not, what is wrong with them.</summary>
internal sealed class CertificateTrust(X509Certificate2Collection authorities, TimeProvider time)
{
    private const X509ChainStatusFlags NotOurs =
        X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid;

    private const string ServerPurpose = "1.3.6.1.5.5.7.3.1";
    private const string ClientPurpose = "1.3.6.1.5.5.7.3.2";

    /// <summary>By which a chain is built: only this authority counts.</summary>
    public X509ChainPolicy Policy(CertificateUse use)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // An authority of one's own seldom publishes what it has revoked. A key that is lost is replaced with the authority.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new Oid(use == CertificateUse.Server ? ServerPurpose : ClientPurpose));
        return policy;
    }

    /// <summary>What is wrong with a certificate, as a sentence that says what to do; null: nothing.</summary>
    public string? FaultOf(X509Certificate2 certificate, CertificateUse use)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(use) };
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.VerificationTime = time.GetUtcNow().LocalDateTime;
        if (chain.Build(certificate))
        {
            return null;
        }

        var faults = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, status) => all | status.Status);
        string name = $"The certificate of {certificate.Subject}";
        var now = time.GetUtcNow().UtcDateTime;
        bool isStrange = (faults & NotOurs) != 0;
        bool isForOthers = (faults & X509ChainStatusFlags.NotValidForUsage) != 0;
        string purpose = use == CertificateUse.Server ? "servers (serverAuth)" : "clients (clientAuth)";
        return isStrange ? $"{name} was issued by {certificate.Issuer}, not by an authority in {TlsOptions.Section}:AuthorityFile."
            : certificate.NotAfter.ToUniversalTime() < now ? $"{name} expired on {Day(certificate.NotAfter)}: issue a new one."
            : certificate.NotBefore.ToUniversalTime() > now ? $"{name} is valid from {Day(certificate.NotBefore)} only: check the clocks."
            : isForOthers ? $"{name} is not for {purpose}: issue one that is."
            : $"{name} can't be used: {string.Join(" ", chain.ChainStatus.Select(static status => status.StatusInformation.Trim()))}";
    }

    /// <summary>Says that a certificate is for others.</summary>
    public static string WrongName(X509Certificate2 certificate, string server)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().ToList();
        string given = string.Join(
            ", ",
            names
                .SelectMany(static extension => extension.EnumerateDnsNames())
                .Concat(names.SelectMany(static extension => extension.EnumerateIPAddresses()).Select(static address => address.ToString()))
        );
        return $"The certificate of {certificate.Subject} is for {(given.Length > 0 ? given : "no name")}, not for {server}: "
            + "issue one with that name, or call the server by one of its own.";
    }

    private static string Day(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
