using System.CommandLine;
using ImageToText.Contracts.Accounts;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>accounts list | set.</summary>
internal sealed class AccountsCommand(Terminal terminal, CommandRunner run)
{
    private readonly OperatorCommand _operators = new(terminal, run);

    public Command Create() => _operators.Subject("accounts", "Lists accounts, and sets the budgets that their keys share.", List(), Set());

    private Command List()
    {
        var command = new Command("list", "Lists all accounts, with what their keys have spent and may still spend, in USD.");
        _operators.AnswerList(
            command,
            static (pricing, _, cancellationToken) => pricing.GetAccountsAsync(cancellationToken),
            static json => json.AccountInfo,
            Show
        );
        return command;
    }

    private Command Set()
    {
        var name = new Argument<string>("NAME") { Description = "The account, as 'keys create --account' names it." };
        var options = new BudgetOptions();
        var command = new Command("set", "Sets what all keys of an account may spend together. Whatever you leave out stays the same.")
        {
            name,
        };
        options.AddTo(command);
        _operators.Answer(
            command,
            async (pricing, parsed, cancellationToken) =>
            {
                string account = parsed.GetRequiredValue(name);
                var before = (await pricing.GetAccountsAsync(cancellationToken)).FirstOrDefault(known => known.Account == account);
                return await pricing.UpdateAccountAsync(account, new(options.Apply(before?.Budget, parsed)), cancellationToken);
            },
            static json => json.AccountInfo,
            (changed, _) =>
            {
                Show([changed]);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private void Show(IReadOnlyList<AccountInfo> accounts)
    {
        var listing = new Listing(
            "ACCOUNT",
            Amount("KEYS"),
            Amount("TODAY"),
            Amount("MONTH"),
            Amount("TOTAL"),
            Amount("HELD"),
            Amount("LEFT")
        );
        foreach (var account in accounts)
        {
            listing.Add(
                account.Account,
                $"{account.KeyIds.Count}",
                account.Spend.Today.Text(),
                account.Spend.ThisMonth.Text(),
                account.Spend.Total.Text(),
                account.Spend.Held.Text(),
                account.Spend.Left?.Text() ?? "no limit"
            );
        }

        listing.Write(terminal);
    }

    private static Column Amount(string heading) => new(heading, IsNumber: true);
}
