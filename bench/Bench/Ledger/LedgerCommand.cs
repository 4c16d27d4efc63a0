using System.CommandLine;
using ImageToText.Bench.Results;

namespace ImageToText.Bench.Ledger;

/// <summary>Fills a ledger and measures how fast it takes records and answers about them.</summary>
internal static class LedgerCommand
{
    public static Command Create()
    {
        var records = new Option<long>("--records") { Description = "Records in the ledger", DefaultValueFactory = static _ => 10_000_000 };
        var keys = new Option<int>("--keys") { Description = "Keys that pay", DefaultValueFactory = static _ => 100 };
        var days = new Option<int>("--days") { Description = "Days over which they are spread", DefaultValueFactory = static _ => 365 };
        var postgres = new Option<bool>("--postgres") { Description = "PostgreSQL instead of SQLite" };
        var command = new Command(
            "ledger",
            "Measures settlement with an empty and a full ledger, and reports and statements on the full one."
        )
        {
            records,
            keys,
            days,
            postgres,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                ResultFile.KeepAsync(
                    parsed,
                    parsed.GetValue(postgres) ? "ledger-postgres" : "ledger",
                    async () =>
                    {
                        bool isShort = parsed.GetValue(CommonOptions.Short);
                        await using var ledger = await LedgerUnderLoad.StartAsync(
                            parsed.GetValue(postgres),
                            parsed.GetValue(keys),
                            parsed.GetValue(days)
                        );
                        var data = await ledger.MeasureAsync(isShort ? 5_000 : parsed.GetValue(records), cancellationToken);
                        data.Print(Console.Out);
                        return data;
                    }
                )
        );
        return command;
    }
}
