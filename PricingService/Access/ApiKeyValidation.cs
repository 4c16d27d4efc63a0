using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Storage;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Access;

/// <summary>Tells what a key may do by its secret's hash.</summary>
internal sealed class ApiKeyValidation(Store store, TimeProvider time)
{
    /// <summary>What the key may do whose secret has this hash; null: it is unknown, revoked or expired.</summary>
    public Task<KeyGrant?> ValidateAsync(string secretHash, CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            var now = time.GetUtcNow();
            var key =
                await db.Keys.SingleOrDefaultAsync(key => key.SecretHash == secretHash, cancellationToken)
                ?? await db.Keys.FirstOrDefaultAsync(
                    key => key.PreviousSecretHash == secretHash && key.PreviousSecretUntil > now,
                    cancellationToken
                );
            if (key is null || !key.IsValidAt(now))
            {
                return null;
            }

            var settings = key.Settings;
            var expires =
                key.SecretHash == secretHash || settings.ExpiresAt < key.PreviousSecretUntil ? settings.ExpiresAt : key.PreviousSecretUntil;
            var shared = settings.Account is { } account ? await db.Accounts.FindAsync([account], cancellationToken) : null;
            return new KeyGrant(
                key.KeyId,
                settings.Name,
                settings.Account,
                settings.Scopes!,
                expires,
                settings.RateLimit,
                settings.Budget?.IsLimited == true || shared?.Budget?.IsLimited == true,
                settings.AllowedModels,
                settings.MaxUsdPerPixel,
                settings.ModelBudgets is { } models ? [.. models.Keys] : null
            );
        });
}
