using System.CommandLine;
using System.Globalization;
using ImageToText.Contracts.Ledger;
using ImageToText.ServiceDefaults.Files;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Operators;

/// <summary>usage, and usage export | earnings | reconcile | archive | verify.</summary>
internal sealed class UsageCommand(Terminal terminal, CommandRunner run)
{
    private readonly OperatorCommand _operators = new(terminal, run);
    private readonly Option<DateOnly?> _from = Values.Option<DateOnly>(
        "--from",
        "DAY",
        "The first UTC day, such as 2026-11-01.",
        Day,
        "a day such as 2026-11-01"
    );
    private readonly Option<DateOnly?> _to = Values.Option<DateOnly>(
        "--to",
        "DAY",
        "The last UTC day, included.",
        Day,
        "a day such as 2026-11-30"
    );
    private readonly Option<string?> _key = new("--key") { Description = "Only this key.", HelpName = "KEY_ID" };
    private readonly Option<string?> _model = new("--model") { Description = "Only this model.", HelpName = "ID" };
    private readonly Option<string?> _node = new("--node") { Description = "Only this node.", HelpName = "NODE_ID" };

    public Command Create()
    {
        var archives = new ArchiveCommands(terminal, run, _operators);
        var usage = _operators.Subject(
            "usage",
            "Shows what was captioned, what it cost and what was earned.",
            Export(),
            Earnings(),
            Reconcile(),
            archives.Archive(),
            archives.Verify()
        );
        Filter(usage);
        var by = CommandLineOptions.Choices<UsageDimension>("--by", "What it is broken down by; may be repeated. Default: day.");
        usage.Options.Add(by);
        _operators.Answer(
            usage,
            (pricing, parsed, cancellationToken) =>
                pricing.GetUsageAsync(
                    Query(parsed) with
                    {
                        GroupBy = parsed.GetValue(by) is { Length: > 0 } dimensions ? dimensions : [UsageDimension.Day],
                    },
                    cancellationToken
                ),
            static json => json.UsageReport,
            (report, _) => Show(report)
        );
        return usage;
    }

    private static DateOnly? Day(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;

    private Command Export()
    {
        var output = new Option<string?>("--output", "-o")
        {
            Description = "The file to write. Default: standard output.",
            HelpName = "FILE",
        };
        var command = new Command("export", "Writes the ledger, one line for each caption, as CSV.") { output };
        Filter(command);
        _operators.Run(
            command,
            async (pricing, parsed, cancellationToken) =>
            {
                if (parsed.GetValue(output) is not { } path)
                {
                    await using var standard = terminal.OpenOutput();
                    await pricing.ExportUsageAsync(Query(parsed), standard, cancellationToken);
                    return;
                }

                // Half a ledger looks like a ledger.
                await WholeFile.WriteAsync(path, file => pricing.ExportUsageAsync(Query(parsed), file, cancellationToken));
                terminal.WriteError($"{path} is written.");
            }
        );
        return command;
    }

    private Command Earnings()
    {
        var command = new Command("earnings", "Lists what nodes have earned, the most first.");
        Filter(command);
        _operators.Answer(
            command,
            (pricing, parsed, cancellationToken) => pricing.GetEarningsAsync(Query(parsed), cancellationToken),
            static json => json.EarningsReport,
            (report, _) =>
            {
                var listing = new Listing("NODE", Number("CAPTIONS"), Number("PIXELS"), Number("USD"));
                foreach (var node in report.Nodes)
                {
                    listing.Add(node.NodeId, $"{node.Captions}", $"{node.Pixels}", node.EarnedUsd.Text());
                }

                listing.Add(
                    "all",
                    $"{report.Nodes.Sum(static node => node.Captions)}",
                    $"{report.Nodes.Sum(static node => node.Pixels)}",
                    report.TotalUsd.Text()
                );
                listing.Write(terminal);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private Command Reconcile()
    {
        var command = new Command(
            "reconcile",
            "Compares what was lent, returned, delivered and charged. The exit code is 1 if the books don't balance."
        );
        _operators.Answer(
            command,
            static (pricing, _, cancellationToken) => pricing.GetReconciliationAsync(cancellationToken),
            static json => json.ReconciliationReport,
            (report, _) =>
            {
                var listing = new Listing(
                    "KEY_ID",
                    Number("RESERVED"),
                    Number("RETURNED"),
                    Number("HELD"),
                    Number("DELIVERED"),
                    Number("CHARGED"),
                    Number("WRITTEN OFF"),
                    Number("DIFFERENCE")
                );
                foreach (var key in report.Keys)
                {
                    listing.Add(
                        key.KeyId,
                        key.Reserved.Text(),
                        key.Returned.Text(),
                        key.Held.Text(),
                        key.Delivered.Text(),
                        key.Charged.Text(),
                        key.WrittenOff.Text(),
                        key.Difference.Text()
                    );
                }

                listing.Write(terminal);
                terminal.WriteError(
                    $"Ledger {report.LedgerUsd.Text()} USD, reports {report.ReportedUsd.Text()} USD: the books "
                        + $"{(report.Balanced ? "balance" : "do NOT balance")}."
                );
                return report.Balanced ? ExitCode.Success : ExitCode.Failure;
            }
        );
        return command;
    }

    private int Show(UsageReport report)
    {
        // Only the requested dimensions have a column.
        (string Heading, Func<UsageRow, string?> Cell)[] dimensions =
        [
            ("DAY", static row => row.Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            ("KEY_ID", static row => row.KeyId),
            ("ACCOUNT", static row => row.Account),
            ("MODEL", static row => row.ModelId),
            ("NODE", static row => row.NodeId),
            ("GATEWAY", static row => row.GatewayId),
        ];
        var shown = dimensions.Where(dimension => report.Rows.Any(row => dimension.Cell(row) is not null)).ToArray();
        if (shown.Length == 0)
        {
            shown = dimensions[..1];
        }

        var listing = new Listing([
            .. shown.Select(static dimension => new Column(dimension.Heading)),
            Number("CAPTIONS"),
            Number("CACHE HITS"),
            Number("PIXELS"),
            Number("TOKENS"),
            Number("COST USD"),
            Number("CHARGED USD"),
        ]);
        foreach (var row in report.Rows)
        {
            Add(shown.Select(dimension => dimension.Cell(row) ?? "none"), row.Sum);
        }

        Add(shown.Select(static (_, i) => i == 0 ? "all" : ""), report.Total);
        listing.Write(terminal);
        return ExitCode.Success;

        void Add(IEnumerable<string> cells, UsageSum sum) =>
            listing.Add([
                .. cells,
                $"{sum.Captions}",
                $"{sum.CacheHits}",
                $"{sum.Pixels}",
                $"{sum.Tokens}",
                sum.CostUsd.Text(),
                sum.ChargedUsd.Text(),
            ]);
    }

    private void Filter(Command command)
    {
        foreach (var option in (Option[])[_from, _to, _key, _model, _node])
        {
            command.Options.Add(option);
        }
    }

    private UsageQuery Query(ParseResult parsed) =>
        new()
        {
            From = parsed.GetValue(_from),
            To = parsed.GetValue(_to),
            KeyId = parsed.GetValue(_key),
            ModelId = parsed.GetValue(_model),
            NodeId = parsed.GetValue(_node),
        };

    private static Column Number(string heading) => new(heading, IsNumber: true);
}
