using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Access;

/// <summary>Tells what a key may do, by its secret's hash or by its id.</summary>
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
            var grant = await GrantAsync(db, key, now, cancellationToken);
            return grant is null || key!.SecretHash == secretHash || grant.ExpiresAt < key.PreviousSecretUntil
                ? grant
                : grant with
                {
                    ExpiresAt = key.PreviousSecretUntil,
                };
        });

    /// <summary>What the key with this id may do, for what goes on without its secret; null: it is unknown, revoked or expired.</summary>
    public Task<KeyGrant?> FindAsync(string keyId, CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
            await GrantAsync(
                db,
                await db.Keys.SingleOrDefaultAsync(key => key.KeyId == keyId, cancellationToken),
                time.GetUtcNow(),
                cancellationToken
            )
        );

    private static async Task<KeyGrant?> GrantAsync(PricingDb db, Key? key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (key is null || !key.IsValidAt(now))
        {
            return null;
        }

        var settings = key.Settings;
        var shared = settings.Account is { } account ? await db.Accounts.FindAsync([account], cancellationToken) : null;
        return new KeyGrant(
            key.KeyId,
            settings.Name,
            settings.Account,
            settings.Scopes!,
            settings.ExpiresAt,
            settings.RateLimit,
            settings.Budget?.IsLimited == true || shared?.Budget?.IsLimited == true,
            settings.AllowedModels,
            settings.MaxUsdPerPixel,
            settings.ModelBudgets is { } models ? [.. models.Keys] : null
        );
    }
}
