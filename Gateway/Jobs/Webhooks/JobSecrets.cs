using System.Security.Cryptography;
using System.Text;
using ImageToText.Gateway.Jobs.Storage;
using ImageToText.Gateway.Registry;
using ImageToText.ServiceDefaults.Files;
using ImageToText.ServiceDefaults.Secrets;

namespace ImageToText.Gateway.Jobs.Webhooks;

/// <summary>
/// Seals the secrets of webhooks, so that nobody can sign with what is in the database of jobs. The key is never in it: gateways that
/// share their jobs derive it from the service token, which they share too; any other gateway has it in a file of its data folder.
/// </summary>
internal sealed class JobSecrets(JobStore store, GatewayIdentity identity, LiveOptions<PricingConnectionOptions> connection)
{
    private const string KeyFile = "jobs.key";
    private const string Prefix = "sealed:";
    private const int KeyBytes = 32;

    private static readonly byte[] Purpose = "imagetotext: webhooks of jobs"u8.ToArray();
    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;

    private readonly Lock _making = new();

    /// <summary>Seals a secret.</summary>
    public string Seal(string secret)
    {
        byte[] plain = Encoding.UTF8.GetBytes(secret);
        byte[] box = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = box.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(Keys(mayMake: true).First(), TagBytes);
        cipher.Encrypt(nonce, plain, box.AsSpan(NonceBytes, plain.Length), box.AsSpan(NonceBytes + plain.Length));
        return Prefix + Convert.ToBase64String(box);
    }

    /// <summary>Opens a sealed secret. One that was stored before secrets were sealed is returned as it is.</summary>
    /// <returns>The secret; null: it was sealed with a key that is not here.</returns>
    public string? Open(string stored)
    {
        if (!stored.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return stored;
        }

        byte[] box = Convert.FromBase64String(stored[Prefix.Length..]);
        byte[] plain = new byte[box.Length - NonceBytes - TagBytes];
        foreach (byte[] key in Keys(mayMake: false))
        {
            try
            {
                using var cipher = new AesGcm(key, TagBytes);
                cipher.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, plain.Length), box.AsSpan(^TagBytes..), plain);
                return Encoding.UTF8.GetString(plain);
            }
            catch (AuthenticationTagMismatchException)
            {
                // Sealed with another key.
            }
        }

        return null;
    }

    // The first one seals.
    private IEnumerable<byte[]> Keys(bool mayMake)
    {
        var current = connection.Value;
        if (store.IsPostgres)
        {
            foreach (string token in ((string?[])[current.Token, current.PreviousToken]).OfType<string>())
            {
                if (token.Length > 0)
                {
                    yield return HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(token), KeyBytes, info: Purpose);
                }
            }
        }

        if (OwnKey(mayMake) is { } own)
        {
            yield return own;
        }
    }

    private byte[]? OwnKey(bool mayMake)
    {
        string path = Path.Combine(identity.DataDirectory, KeyFile);
        lock (_making)
        {
            if (WholeFile.ReadText(path) is { } kept)
            {
                return Convert.FromBase64String(kept);
            }

            if (!mayMake)
            {
                return null;
            }

            byte[] made = RandomNumberGenerator.GetBytes(KeyBytes);
            WholeFile.WriteText(path, Convert.ToBase64String(made) + "\n", isSecret: true);
            return made;
        }
    }
}
