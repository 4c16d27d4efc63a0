using System.CommandLine;
using System.Globalization;
using ImageToText.Contracts.Accounts;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>The options that say what a key may do. An option that is not given changes nothing.</summary>
internal sealed class KeyOptions(TimeProvider time)
{
    private readonly Option<string?> _account = new("--account")
    {
        Description = "The account it belongs to, which may have a budget of its own.",
        HelpName = "NAME",
    };

    private readonly Option<KeyScope[]> _scopes = CommandLineOptions.Choices<KeyScope>(
        "--scope",
        "What it may do: ask for captions, run the network; may be repeated. Default: caption."
    );

    private readonly Option<Given<DateTimeOffset>?> _expires = Values.Limit<DateTimeOffset>(
        "--expires",
        "DAY|SPAN",
        "When it stops working: a UTC day such as 2027-01-31, or a span from now such as 30d.",
        text => Moment(text, time),
        "a day such as 2027-01-31 or a span such as 30d"
    );

    private readonly BudgetOptions _budget = new();
    private readonly ModelBudgetOption _modelBudgets = new();

    private readonly Option<string[]> _models = new("--model")
    {
        Description = "A model that it may use, or 'all'. May be repeated. Default: all.",
        HelpName = "ID",
    };

    private readonly Option<Given<int>?> _rate = Values.Limit<int>(
        "--rate",
        "N",
        "Requests it may send in a minute.",
        Count,
        "a whole number from 1"
    );
    private readonly Option<Given<int>?> _burst = Values.Limit<int>(
        "--burst",
        "N",
        "With --rate: requests at once. Default: as many as per minute.",
        Count,
        "a whole number from 1"
    );

    private readonly Option<Given<decimal>?> _maxPrice = Values.Limit<decimal>(
        "--max-price",
        "USD",
        "The most it pays per pixel, in USD, such as 5e-10. More expensive nodes are not asked.",
        Values.Amount,
        "an amount such as 5e-10"
    );

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_account, _scopes, _expires, _models, _rate, _burst, _maxPrice])
        {
            command.Options.Add(option);
        }

        _budget.AddTo(command);
        _modelBudgets.AddTo(command);
    }

    /// <summary>Returns the settings with the given options applied.</summary>
    public KeySettings Apply(KeySettings settings, ParseResult parsed)
    {
        int? rate = Pick(_rate, settings.RateLimit?.RequestsPerMinute);
        int? burst = Pick(_burst, settings.RateLimit?.Burst);
        if (burst is not null && rate is null)
        {
            throw new CommandException("--burst needs --rate.", ExitCode.Usage);
        }

        return settings with
        {
            Account = parsed.GetValue(_account) ?? settings.Account,
            Scopes = parsed.GetValue(_scopes) is { Length: > 0 } scopes ? scopes : settings.Scopes,
            ExpiresAt = Pick(_expires, settings.ExpiresAt),
            Budget = _budget.Apply(settings.Budget, parsed),
            ModelBudgets = _modelBudgets.Apply(settings.ModelBudgets, parsed),
            AllowedModels = parsed.GetValue(_models) is { Length: > 0 } models
                ? (models.Contains("all") ? null : models)
                : settings.AllowedModels,
            RateLimit = rate is { } perMinute ? new RateLimit(perMinute, burst) : null,
            MaxUsdPerPixel = Pick(_maxPrice, settings.MaxUsdPerPixel),
        };

        T? Pick<T>(Option<Given<T>?> option, T? before)
            where T : struct => parsed.GetValue(option) is { } given ? given.Value : before;
    }

    private static int? Count(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count > 0 ? count : null;

    private static DateTimeOffset? Moment(string text, TimeProvider time) =>
        Values.Duration(text) is { } span ? time.GetUtcNow() + span
        : DateTimeOffset.TryParseExact(
            text,
            ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var moment
        )
            ? moment
        : null;
}
