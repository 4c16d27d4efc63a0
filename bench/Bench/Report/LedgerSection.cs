using ImageToText.Bench.Ledger;
using ImageToText.Bench.Results;
using ImageToText.Bench.Tables;
using static ImageToText.Bench.Tables.Markdown;

namespace ImageToText.Bench.Report;

/// <summary>The section of docs/performance.md about large ledgers.</summary>
internal static class LedgerSection
{
    public static void Write(Markdown page, params IReadOnlyList<BenchResult<LedgerData>?> results)
    {
        var measured = results.OfType<BenchResult<LedgerData>>().ToList();
        if (measured.Count == 0)
        {
            return;
        }

        page.Heading(2, "A ledger of months");
        page.Paragraph(
            "The pricing service takes usage records in batches of 500 while its ledger is empty and when it is full, and then answers "
                + "about a day, a month and everything, over HTTP. The records between were put into the tables directly, with their "
                + "sums. Times are the median and 90th percentile, in milliseconds."
        );
        foreach (var (command, data) in measured.Select(static result => (result.Command, result.Data)))
        {
            string load = data.LoadAverage is { } average
                ? Text($" Other work ran on the machine: its load average was {average:F0}.")
                : "";
            page.Paragraph(Text($"{data.Database}, {data.Records:N0} records of {data.Keys} keys over {data.Days} days.{load}"));
            page.Commands(command);
            page.Table(
                ["", "median", "90th"],
                [
                    .. ((IEnumerable<LedgerQuery>)[data.EmptySettlement, data.FullSettlement, .. data.Queries]).Select(static query =>
                        (IReadOnlyList<string>)[query.Name, Cell(query.Ms.P50), Cell(query.Ms.P90)]
                    ),
                ]
            );
        }
    }
}
