using System.Security.Cryptography;
using System.Text;

namespace ImageToText.Contracts.Accounts;

/// <summary>How keys look on the wire and how they are hashed.</summary>
public static class ApiKey
{
    /// <summary>What every key begins with, so that secret scanners can find one that got out.</summary>
    public const string Marker = "itt_";

    /// <summary>
    /// Hash of a key: lower-case hexadecimal SHA-256. A key holds 256 random bits, so that neither salt nor a slow hash adds anything.
    /// </summary>
    /// <param name="secret">The whole key.</param>
    /// <returns>64 characters.</returns>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
