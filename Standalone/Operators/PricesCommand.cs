using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using ImageToText.Contracts.Prices;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>prices list | set | withdraw | history.</summary>
internal sealed class PricesCommand(Terminal terminal, CommandRunner run)
{
    private readonly OperatorCommand _operators = new(terminal, run);

    public Command Create() =>
        _operators.Subject("prices", "Lists, sets and withdraws prices, and shows their history.", List(), Set(), Withdraw(), History());

    private static Option<string?> Node(string description) => new("--node") { Description = description, HelpName = "NODE_ID" };

    private static Option<string?> Model(string description) => new("--model") { Description = description, HelpName = "ID" };

    private static Option<string?> Note() => new("--note") { Description = "Why, for the history.", HelpName = "TEXT" };

    private Command List()
    {
        var command = new Command("list", "Lists the price in force for every model of every node, and the exchange rate.");
        _operators.Answer(
            command,
            static (pricing, _, cancellationToken) => pricing.GetPricesAsync(cancellationToken),
            static json => json.PriceList,
            (prices, _) =>
            {
                var listing = new Listing("NODE", "MODEL", new("PRICE", IsNumber: true), new("USD PER PIXEL", IsNumber: true), "SOURCE");
                foreach (var price in prices.Effective)
                {
                    listing.Add(
                        price.NodeId,
                        price.ModelId,
                        Text(price.Price),
                        price.UsdPerPixel?.Text() ?? "no exchange rate",
                        Word(price.Source)
                    );
                }

                listing.Write(terminal);
                if (prices.ExchangeRate is { Source: { } source } rate)
                {
                    string age = rate.AgeSeconds is { } seconds ? $", {seconds:0} s old" : "";
                    terminal.WriteError(
                        $"1 eth = {rate.UsdPerEth?.Text() ?? "?"} USD ({source}{age}{(rate.Stale ? ", too old to be used" : "")})"
                    );
                }

                return ExitCode.Success;
            }
        );
        return command;
    }

    private Command Set()
    {
        var amount = new Argument<decimal>("PRICE")
        {
            Description = "The price of one unit, such as 2.5e-10.",
            CustomParser = static result => Amount(result),
        };
        var pixels = Values.Option<decimal>(
            "--pixels",
            "N",
            "Input pixels in one unit. Default: 1.",
            static text => Values.Amount(text) is > 0 and var count ? count : null,
            "more than zero"
        );
        var currency = CommandLineOptions.Choice<Currency>("--currency", "The currency of the price. Default: usd.");
        var node = Node("The node it applies to. Default: every node.");
        var model = Model("The model it applies to. Default: every model.");
        var note = Note();
        var command = new Command(
            "set",
            "Sets a price, which takes effect everywhere within two seconds. Without --node and --model it is the default for everything."
        )
        {
            amount,
            pixels,
            currency,
            node,
            model,
            note,
        };
        Change(
            command,
            parsed => new PriceChange(
                parsed.GetValue(node),
                parsed.GetValue(model),
                new Price(parsed.GetRequiredValue(amount), parsed.GetValue(pixels) ?? 1, parsed.GetValue(currency)),
                parsed.GetValue(note)
            )
        );
        return command;
    }

    private Command Withdraw()
    {
        var node = Node("The node it was set for.");
        var model = Model("The model it was set for.");
        var note = Note();
        var command = new Command("withdraw", "Withdraws a price that was set. The next one in the order of docs/pricing.md then applies.")
        {
            node,
            model,
            note,
        };
        Change(command, parsed => new PriceChange(parsed.GetValue(node), parsed.GetValue(model), null, parsed.GetValue(note)));
        return command;
    }

    private Command History()
    {
        var node = Node("Only this node.");
        var model = Model("Only this model.");
        var command = new Command("history", "Lists all prices that were ever set, newest first.") { node, model };
        _operators.AnswerList(
            command,
            (pricing, parsed, cancellationToken) =>
                pricing.GetPriceHistoryAsync(parsed.GetValue(node), parsed.GetValue(model), cancellationToken),
            static json => json.PriceHistoryEntry,
            Show
        );
        return command;
    }

    private void Change(Command command, Func<ParseResult, PriceChange> change) =>
        _operators.Answer(
            command,
            (pricing, parsed, cancellationToken) => pricing.SetPriceAsync(change(parsed), cancellationToken),
            static json => json.PriceHistoryEntry,
            (set, _) =>
            {
                Show([set]);
                return ExitCode.Success;
            }
        );

    private void Show(IReadOnlyList<PriceHistoryEntry> entries)
    {
        var listing = new Listing(new("NO", IsNumber: true), "NODE", "MODEL", new("PRICE", IsNumber: true), "FROM", "UNTIL", "BY", "NOTE");
        foreach (var entry in entries)
        {
            listing.Add(
                $"{entry.Id}",
                entry.NodeId ?? "all",
                entry.ModelId ?? "all",
                entry.Price is { } price ? Text(price) : "withdrawn",
                entry.From.Text(),
                entry.Until?.Text() ?? "",
                entry.ChangedBy ?? "operator token",
                entry.Note ?? ""
            );
        }

        listing.Write(terminal);
    }

    private static string Text(Price price) =>
        $"{price.PricePerUnit.Text()} "
        + $"{(price.Currency == Currency.Usd ? "USD" : Word(price.Currency))}"
        + (price.PixelsPerUnit == 1 ? "" : $" per {price.PixelsPerUnit.Text()} pixels");

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static decimal Amount(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (Values.Amount(text) is { } amount)
        {
            return amount;
        }

        result.AddError($"PRICE is '{text}': give an amount such as 2.5e-10.");
        return 0;
    }
}
