using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;

namespace ImageToText.PricingService.Storage.Rows;

/// <summary>An API key as stored: its secret's hash, never the secret.</summary>
internal sealed class Key
{
    public required string KeyId { get; set; }

    public required string SecretHash { get; set; }

    public required string Prefix { get; set; }

    public string? PreviousSecretHash { get; set; }

    public DateTimeOffset? PreviousSecretUntil { get; set; }

    public required string SettingsJson { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset? RotatedAt { get; set; }

    public DateTimeOffset? RevokedAt { get; set; }

    public KeySettings Settings => StoredJson.Read(SettingsJson, ContractsJson.Default.KeySettings)!;

    /// <summary>The name of the lock for writes to a key's row and budget.</summary>
    public static string Lock(string keyId) => $"key:{keyId}";

    /// <summary>Whether it works at that time.</summary>
    public bool IsValidAt(DateTimeOffset now) => RevokedAt is null && !(Settings.ExpiresAt <= now);
}
