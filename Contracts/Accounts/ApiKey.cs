using System.Security.Cryptography;
using System.Text;

namespace ImageToText.Contracts.Accounts;

/// <summary>The format of API keys, and how they are hashed.</summary>
public static class ApiKey
{
    /// <summary>What every key begins with, so that secret scanners can find a leaked one.</summary>
    public const string Marker = "itt_";

    /// <summary>
    /// Hashes a key: lower-case hexadecimal SHA-256. A key holds 256 random bits, so neither salt nor a slow hash would add
    /// anything.
    /// </summary>
    /// <param name="secret">The whole key.</param>
    /// <returns>64 characters.</returns>
    public static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
