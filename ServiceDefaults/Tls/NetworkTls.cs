using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Tls;

/// <summary>
/// The trust between gateways, nodes and the pricing service, if they have an authority of their own: which servers are called, which
/// client certificate is shown to them, and which of callers' certificates count.
/// </summary>
public sealed partial class NetworkTls : IDisposable
{
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);
    private readonly CertificateTrust? _trust;
    private readonly X509Certificate2? _own;
    private readonly ILogger<NetworkTls> _logger;

    /// <summary>Reads the certificates.</summary>
    /// <param name="options">Their files.</param>
    /// <param name="time">Tells which certificates have expired.</param>
    /// <param name="logger">Is told why a server is not trusted.</param>
    /// <exception cref="OptionsValidationException">A file holds no certificate, or the key does not fit.</exception>
    public NetworkTls(IOptions<TlsOptions> options, TimeProvider time, ILogger<NetworkTls> logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        _logger = logger;
        var files = options.Value;
        if (files.AuthorityFile is not { Length: > 0 } authority)
        {
            return;
        }

        _trust = new(Read(nameof(TlsOptions.AuthorityFile), authority, () => Authorities(authority)), time);
        if (files.CertificateFile is { Length: > 0 } certificate)
        {
            string? key = files.KeyFile is { Length: > 0 } named ? named : null;
            _own = Read(nameof(TlsOptions.CertificateFile), certificate, () => Own(certificate, key));
        }
    }

    /// <summary>Makes connections trust the authority, and no other. Without an authority it changes nothing.</summary>
    /// <param name="connections">Connections to other services of the network.</param>
    public void Trust(SocketsHttpHandler connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        if (_trust is not null)
        {
            connections.SslOptions.CertificateChainPolicy = _trust.Policy(CertificateUse.Server);
            connections.SslOptions.RemoteCertificateValidationCallback = IsTrusted;
        }
    }

    /// <summary>
    /// Does what <see cref="Trust"/> does, and makes connections show the client certificate. They carry this service's rights, so only
    /// its own calls may use them, never what it forwards.
    /// </summary>
    /// <param name="connections">Connections to other services of the network.</param>
    public void Join(SocketsHttpHandler connections)
    {
        Trust(connections);
        if (_own is not null)
        {
            connections.SslOptions.ClientCertificates = [_own];
            connections.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => _own;
        }
    }

    /// <summary>Makes a server ask callers for a certificate, which they need not have. Without an authority it changes nothing.</summary>
    /// <param name="server">The server.</param>
    public void AskCallers(KestrelServerOptions server)
    {
        ArgumentNullException.ThrowIfNull(server);
        if (_trust is null)
        {
            return;
        }

        server.ConfigureHttpsDefaults(static https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            // Whoever counts on a certificate examines it, and can then tell the caller what is wrong with it.
            https.ClientCertificateValidation = static (_, _, _) => true;
        });
    }

    /// <summary>Whether a caller has shown a certificate that the authority has issued to clients.</summary>
    /// <param name="certificate">The certificate of the caller's connection; null: it has shown none.</param>
    /// <param name="fault">What is wrong with the certificate; null: nothing, or there is none to examine.</param>
    public bool IsMember(X509Certificate2? certificate, out string? fault)
    {
        fault = null;
        if (_trust is null || certificate is null)
        {
            return false;
        }

        fault = _trust.FaultOf(certificate, CertificateUse.Client);
        return fault is null;
    }

    /// <inheritdoc/>
    public void Dispose() => _own?.Dispose();

    private bool IsTrusted(object connection, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        string server = ((SslStream)connection).TargetHostName;
        bool isTrusted = errors == SslPolicyErrors.None;
        if (!isTrusted)
        {
            throw new AuthenticationException($"{server} is not trusted. {Explain(server, certificate as X509Certificate2, errors)}");
        }

        _told.TryRemove(server, out _);
        return isTrusted;
    }

    private string Explain(string server, X509Certificate2? certificate, SslPolicyErrors errors)
    {
        string fault =
            certificate is null ? "It has shown no certificate."
            : _trust!.FaultOf(certificate, CertificateUse.Server) is { } wrong ? wrong
            : errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) ? CertificateTrust.WrongName(certificate, server)
            : $"The certificate of {certificate.Subject} can't be used: {errors}.";
        // Calls are repeated until the certificate is replaced; one line is enough.
        if (_told.GetValueOrDefault(server) != fault)
        {
            _told[server] = fault;
            Log.NotTrusted(_logger, server, fault);
        }

        return fault;
    }

    private static X509Certificate2Collection Authorities(string file)
    {
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(file);
        return authorities.Count > 0 ? authorities : throw new CryptographicException("it holds no certificate");
    }

    private static X509Certificate2 Own(string certificate, string? key)
    {
        using var pem = X509Certificate2.CreateFromPemFile(certificate, key);
        // Windows shows only certificates whose key is in a store.
        return X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
    }

    private static T Read<T>(string setting, string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new OptionsValidationException(
                nameof(TlsOptions),
                typeof(TlsOptions),
                [$"{TlsOptions.Section}:{setting} is '{file}', which can't be used ({fault.Message}): give a PEM file."]
            );
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1602, LogLevel.Error, "{Server} is not trusted, so it is not called. {Reason}")]
        public static partial void NotTrusted(ILogger logger, string server, string reason);
    }
}
