using ImageToText.Contracts.Accounts;
using ImageToText.PricingService.Access;
using ImageToText.ServiceDefaults.OpenApi;

namespace ImageToText.PricingService.Accounts;

/// <summary>The routes of accounts.</summary>
internal static class AccountEndpoints
{
    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        var accounts = routes.MapGroup("/accounts").WithTags("Accounts").RequireCaller(Callers.Operators);
        accounts.MapGet("/", ListAsync);
        accounts.MapGet("/{**account}", GetAsync);
        accounts.MapPut("/{**account}", UpdateAsync);
    }

    /// <summary>List all accounts with their spend.</summary>
    internal static Task<IReadOnlyList<AccountInfo>> ListAsync(AccountService accounts, CancellationToken cancellationToken) =>
        accounts.ListAsync(cancellationToken);

    /// <summary>Get an account with its spend.</summary>
    [Refuses(StatusCodes.Status404NotFound, "No key belongs to such an account, and it has no budget.")]
    internal static Task<AccountInfo> GetAsync(string account, AccountService accounts, CancellationToken cancellationToken) =>
        accounts.GetAsync(Name(account), cancellationToken);

    /// <summary>Set the budget that an account's keys share.</summary>
    [Refuses(StatusCodes.Status400BadRequest, "The body can't be used; the message says why.")]
    internal static Task<AccountInfo> UpdateAsync(
        string account,
        AccountSettings settings,
        AccountService accounts,
        CancellationToken cancellationToken
    ) => accounts.UpdateAsync(Name(account), settings, cancellationToken);

    // A path keeps an escaped slash.
    private static string Name(string inPath) => inPath.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
