using System.Security.Cryptography;
using System.Text;

namespace ImageToText.ServiceDefaults.Secrets;

/// <summary>
/// Compares a caller's token with those that are accepted. There may be two of each kind, the current and the previous one, so that
/// callers can change over one by one.
/// </summary>
public static class AcceptedTokens
{
    /// <summary>Whether a token is one of those accepted. The time it takes tells nothing about them.</summary>
    /// <param name="given">The caller's token.</param>
    /// <param name="accepted">The accepted tokens; empty ones and nulls don't count.</param>
    /// <returns>Whether it is among them.</returns>
    public static bool Contain(string given, params ReadOnlySpan<string?> accepted)
    {
        // Hashes all have the same length.
        byte[] hash = Hash(given);
        bool isAccepted = false;
        foreach (string? token in accepted)
        {
            if (token is { Length: > 0 })
            {
                isAccepted |= CryptographicOperations.FixedTimeEquals(hash, Hash(token));
            }
        }

        return isAccepted;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
