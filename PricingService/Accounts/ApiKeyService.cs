using System.Buffers.Text;
using System.Security.Cryptography;
using ImageToText.Contracts;
using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Budgets;
using ImageToText.PricingService.Errors;
using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;

namespace ImageToText.PricingService.Accounts;

/// <summary>Makes, changes, rotates, revokes and validates API keys.</summary>
internal sealed class ApiKeyService(Store store, NetworkChanges changes, BudgetNotices notices, TimeProvider time)
{
    private const int SecretBytes = 32;
    private const int PrefixLength = 12;
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    public async Task<CreatedKey> CreateAsync(KeySettings settings, CancellationToken cancellationToken)
    {
        settings = KeyRules.Check(settings);
        string secret = NewSecret();
        var now = time.GetUtcNow();
        var key = new Key
        {
            KeyId = "key_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            SecretHash = ApiKey.Hash(secret),
            Prefix = secret[..PrefixLength],
            SettingsJson = StoredJson.Write(settings, ContractsJson.Default.KeySettings)!,
            CreatedAt = now,
        };
        var info = await changes.WriteAsync(
            LocksOf(key.KeyId, settings.Account),
            async db =>
            {
                await JoinAsync(db, settings.Account, cancellationToken);
                db.Keys.Add(key);
                return (await InfoAsync(db, key, cancellationToken), Change.Keys);
            },
            cancellationToken
        );
        return new(secret, info);
    }

    public Task<IReadOnlyList<KeyInfo>> ListAsync(CancellationToken cancellationToken) =>
        store.ReadAsync(async db =>
        {
            List<KeyInfo> infos = [];
            foreach (var key in await db.Keys.OrderBy(key => key.CreatedAt).ThenBy(key => key.KeyId).ToListAsync(cancellationToken))
            {
                infos.Add(await InfoAsync(db, key, cancellationToken));
            }

            return (IReadOnlyList<KeyInfo>)infos;
        });

    public Task<KeyInfo> GetAsync(string keyId, CancellationToken cancellationToken) =>
        store.ReadAsync(async db => await InfoAsync(db, await FindAsync(db, keyId, cancellationToken), cancellationToken));

    public Task<KeyInfo> UpdateAsync(string keyId, KeySettings settings, CancellationToken cancellationToken)
    {
        settings = KeyRules.Check(settings);
        return changes.WriteAsync(
            LocksOf(keyId, settings.Account),
            async db =>
            {
                var key = await FindAsync(db, keyId, cancellationToken);
                if (key.RevokedAt is not null)
                {
                    throw PricingRefusals.Conflict($"The key {keyId} is permanently revoked: create a new one.");
                }

                var before = key.Settings;
                if (before.Account != settings.Account)
                {
                    await JoinAsync(db, settings.Account, cancellationToken);
                }

                key.SettingsJson = StoredJson.Write(settings, ContractsJson.Default.KeySettings)!;
                if (await ChangeBudgetsAsync(db, keyId, before, settings, cancellationToken))
                {
                    await SliceRecalls.RecallAllAsync(db, [keyId], time.GetUtcNow(), cancellationToken);
                }

                return (await InfoAsync(db, key, cancellationToken), Change.Keys);
            },
            cancellationToken
        );
    }

    public Task<CreatedKey> RotateAsync(string keyId, KeyRotation rotation, CancellationToken cancellationToken)
    {
        if (rotation.OverlapSeconds is not >= 0 || rotation.OverlapSeconds > LongestOverlap.TotalSeconds)
        {
            throw PricingRefusals.Invalid(
                $"overlap_seconds must be from 0 to {LongestOverlap.TotalSeconds}, not {rotation.OverlapSeconds}."
            );
        }

        string secret = NewSecret();
        return changes.WriteAsync(
            [Key.Lock(keyId)],
            async db =>
            {
                var key = await FindAsync(db, keyId, cancellationToken);
                if (key.RevokedAt is not null)
                {
                    throw PricingRefusals.Conflict($"The key {keyId} is permanently revoked: create a new one.");
                }

                var now = time.GetUtcNow();
                DateTimeOffset? until = rotation.OverlapSeconds > 0 ? now.AddSeconds(rotation.OverlapSeconds) : null;
                key.PreviousSecretHash = until is null ? null : key.SecretHash;
                key.PreviousSecretUntil = until;
                key.SecretHash = ApiKey.Hash(secret);
                key.Prefix = secret[..PrefixLength];
                key.RotatedAt = now;
                return (new CreatedKey(secret, await InfoAsync(db, key, cancellationToken), until), Change.Keys);
            },
            cancellationToken
        );
    }

    public Task RevokeAsync(string keyId, CancellationToken cancellationToken) =>
        changes.WriteAsync(
            [Key.Lock(keyId)],
            async db =>
            {
                var key = await FindAsync(db, keyId, cancellationToken);
                if (key.RevokedAt is not null)
                {
                    return (false, Change.Nothing);
                }

                key.RevokedAt = time.GetUtcNow();
                await SliceRecalls.RecallAllAsync(db, [keyId], time.GetUtcNow(), cancellationToken);
                return (true, Change.Keys);
            },
            cancellationToken
        );

    private static string NewSecret() => ApiKey.Marker + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));

    private static string[] LocksOf(string keyId, string? account) =>
        account is null ? [Key.Lock(keyId)] : [Key.Lock(keyId), Account.Lock(account)];

    // From the first key on, an account counts what its keys spend while they belong to it.
    private async Task JoinAsync(PricingDb db, string? account, CancellationToken cancellationToken)
    {
        if (account is not null)
        {
            var today = BudgetAccount.DayOf(time.GetUtcNow());
            (await BudgetAccount.OpenAsync(db, BudgetOwner.OfAccount(account), null, today, cancellationToken)).Begin();
        }
    }

    /// <summary>Applies what has changed in a key's budgets.</summary>
    /// <returns>Whether anything has, so that its slices must be lent anew.</returns>
    private async Task<bool> ChangeBudgetsAsync(
        PricingDb db,
        string keyId,
        KeySettings before,
        KeySettings after,
        CancellationToken cancellationToken
    )
    {
        List<(BudgetOwner Owner, Budget? Limits)> changed = [];
        if (before.Budget != after.Budget)
        {
            changed.Add((BudgetOwner.OfKey(keyId), after.Budget));
        }

        var none = new Dictionary<string, Budget>();
        var (earlier, later) = (before.ModelBudgets ?? none, after.ModelBudgets ?? none);
        foreach (string modelId in earlier.Keys.Union(later.Keys, StringComparer.Ordinal))
        {
            if (earlier.GetValueOrDefault(modelId) != later.GetValueOrDefault(modelId))
            {
                changed.Add((BudgetOwner.OfModel(keyId, modelId), later.GetValueOrDefault(modelId)));
            }
        }

        foreach (var (owner, limits) in changed)
        {
            var today = BudgetAccount.DayOf(time.GetUtcNow());
            notices.Changed(db, await BudgetAccount.OpenAsync(db, owner, limits, today, cancellationToken));
        }

        return changed.Count > 0 || before.Account != after.Account;
    }

    private static async Task<Key> FindAsync(PricingDb db, string keyId, CancellationToken cancellationToken) =>
        await db.Keys.SingleOrDefaultAsync(key => key.KeyId == keyId, cancellationToken)
        ?? throw PricingRefusals.NotFound($"There is no key {keyId}.");

    private async Task<KeyInfo> InfoAsync(PricingDb db, Key key, CancellationToken cancellationToken)
    {
        var settings = key.Settings;
        Dictionary<string, KeySpend>? ofModels = null;
        foreach (var (modelId, budget) in settings.ModelBudgets ?? new Dictionary<string, Budget>())
        {
            ofModels ??= new(StringComparer.Ordinal);
            ofModels[modelId] = await SpendAsync(BudgetOwner.OfModel(key.KeyId, modelId), budget);
        }

        var spend = await SpendAsync(BudgetOwner.OfKey(key.KeyId), settings.Budget);
        return new(key.KeyId, key.Prefix, settings, key.CreatedAt, key.RotatedAt, key.RevokedAt, spend, ofModels);

        async Task<KeySpend> SpendAsync(BudgetOwner owner, Budget? budget) =>
            (await BudgetAccount.OpenAsync(db, owner, budget, BudgetAccount.DayOf(time.GetUtcNow()), cancellationToken)).Spend;
    }
}
