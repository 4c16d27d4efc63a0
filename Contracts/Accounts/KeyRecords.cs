using System.Text.Json.Serialization;

namespace ImageToText.Contracts.Accounts;

/// <summary>What a key may do.</summary>
[JsonConverter(typeof(SnakeCaseEnumConverter<KeyScope>))]
public enum KeyScope
{
    /// <summary>Ask for captions and see its own spend.</summary>
    Caption,

    /// <summary>Run the network: nodes, prices, keys, everyone's spend.</summary>
    Operate,
}

/// <summary>Money a key may spend, in USD; null: no limit of that kind.</summary>
/// <param name="PerDay">In one UTC day.</param>
/// <param name="PerMonth">In one UTC month.</param>
/// <param name="Total">Over its whole life.</param>
public sealed record Budget(decimal? PerDay = null, decimal? PerMonth = null, decimal? Total = null)
{
    /// <summary>Whether there is any limit, so that spending needs slices.</summary>
    [JsonIgnore]
    public bool IsLimited => PerDay is not null || PerMonth is not null || Total is not null;
}

/// <summary>Requests a key may send.</summary>
/// <param name="RequestsPerMinute">Sustained rate, more than zero.</param>
/// <param name="Burst">Requests at once, at least 1; null: as many as per minute.</param>
public sealed record RateLimit(int RequestsPerMinute, int? Burst = null);

/// <summary>The settings of a key.</summary>
/// <param name="Name">A name for people to read.</param>
/// <param name="Account">The account it belongs to: spend is also summed by it, and it may have a budget.</param>
/// <param name="Scopes">What it may do; at least one.</param>
/// <param name="ExpiresAt">When it stops working; null: never.</param>
/// <param name="RateLimit">Requests it may send; null: no limit.</param>
/// <param name="Budget">Money it may spend; null: no limit.</param>
/// <param name="AllowedModels">Models it may use; null: all.</param>
/// <param name="MaxUsdPerPixel">The most it pays per pixel; null: no cap.</param>
/// <param name="ModelBudgets">Money it may spend on a model, by the model's id; it counts against <c>Budget</c> too.</param>
public sealed record KeySettings(
    string Name,
    string? Account = null,
    IReadOnlyList<KeyScope>? Scopes = null,
    DateTimeOffset? ExpiresAt = null,
    RateLimit? RateLimit = null,
    Budget? Budget = null,
    IReadOnlyList<string>? AllowedModels = null,
    decimal? MaxUsdPerPixel = null,
    IReadOnlyDictionary<string, Budget>? ModelBudgets = null
);

/// <summary>A key as operators see it: never its secret.</summary>
/// <param name="KeyId">Its id; stays through rotation.</param>
/// <param name="Prefix">The first characters of its secret, to recognise it by.</param>
/// <param name="Settings">Its settings.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RotatedAt">When its secret was last replaced.</param>
/// <param name="RevokedAt">When it was revoked; null: it is valid.</param>
/// <param name="Spend">What it has spent and may still spend.</param>
/// <param name="ModelSpend">The same for each model with a budget of its own.</param>
public sealed record KeyInfo(
    string KeyId,
    string Prefix,
    KeySettings Settings,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RotatedAt,
    DateTimeOffset? RevokedAt,
    KeySpend Spend,
    IReadOnlyDictionary<string, KeySpend>? ModelSpend = null
);

/// <summary>What was spent, and what is left of a key's, a model's or an account's budget, in USD.</summary>
/// <param name="Today">Charged this UTC day.</param>
/// <param name="ThisMonth">Charged this UTC month.</param>
/// <param name="Total">Charged in all.</param>
/// <param name="Held">Lent to gateways in slices, not charged yet.</param>
/// <param name="Left">What may still be granted; null: no limit.</param>
public sealed record KeySpend(decimal Today, decimal ThisMonth, decimal Total, decimal Held, decimal? Left);

/// <summary>A key that was just made or rotated. This is the only answer that ever contains its secret.</summary>
/// <param name="Secret">The whole key, to be sent as bearer token. It is shown once.</param>
/// <param name="Key">The key.</param>
/// <param name="PreviousSecretValidUntil">After a rotation: until when the old secret still works.</param>
public sealed record CreatedKey(string Secret, KeyInfo Key, DateTimeOffset? PreviousSecretValidUntil = null);

/// <summary>Body of <c>POST /keys/{key_id}/rotate</c>.</summary>
/// <param name="OverlapSeconds">How long the old secret still works; 0: not at all.</param>
public sealed record KeyRotation(double OverlapSeconds = 0);

/// <summary>Body of <c>POST /keys/validate</c>. The secret itself never leaves the gateway.</summary>
/// <param name="SecretHash">From <see cref="ApiKey.Hash(string)"/>.</param>
public sealed record KeyValidationRequest(string SecretHash);

/// <summary>What a gateway needs to know about a valid key.</summary>
/// <param name="KeyId">Its id.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Account">The account it belongs to.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="ExpiresAt">When this secret stops working; null: never.</param>
/// <param name="RateLimit">Requests it may send; null: no limit.</param>
/// <param name="HasBudget">Whether its spending needs slices, because it or its account has a budget.</param>
/// <param name="AllowedModels">Models it may use; null: all.</param>
/// <param name="MaxUsdPerPixel">The most it pays per pixel; null: no cap.</param>
/// <param name="BudgetedModels">Models that it has a budget for; what is spent on them needs slices of that budget.</param>
public sealed record KeyGrant(
    string KeyId,
    string Name,
    string? Account,
    IReadOnlyList<KeyScope> Scopes,
    DateTimeOffset? ExpiresAt,
    RateLimit? RateLimit,
    bool HasBudget,
    IReadOnlyList<string>? AllowedModels,
    decimal? MaxUsdPerPixel,
    IReadOnlyList<string>? BudgetedModels = null
)
{
    /// <summary>The <see cref="KeyId"/> of the pricing service's operator tokens, which are no keys.</summary>
    public const string OperatorToken = "operator-token";
}
