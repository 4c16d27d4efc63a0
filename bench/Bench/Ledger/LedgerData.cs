using ImageToText.Bench.Load;

namespace ImageToText.Bench.Ledger;

/// <summary>How long a query takes.</summary>
internal sealed record LedgerQuery(string Name, Percentiles Ms);

/// <summary>The figures of 'ledger'.</summary>
/// <param name="Database">SQLite or PostgreSQL.</param>
/// <param name="Records">Records in the full ledger.</param>
/// <param name="Keys">Keys that pay.</param>
/// <param name="Days">Days over which the records are spread.</param>
/// <param name="LoadAverage">
/// The machine's load average before the measurement, if it was above what this command itself causes; null: the machine was quiet, or
/// does not tell.
/// </param>
/// <param name="EmptySettlement">A batch while the ledger is empty.</param>
/// <param name="FullSettlement">A batch while it is full.</param>
/// <param name="Queries">What is asked of the full ledger.</param>
internal sealed record LedgerData(
    string Database,
    long Records,
    int Keys,
    int Days,
    double? LoadAverage,
    LedgerQuery EmptySettlement,
    LedgerQuery FullSettlement,
    IReadOnlyList<LedgerQuery> Queries
)
{
    /// <summary>Shows them to a person.</summary>
    public void Print(TextWriter output)
    {
        output.WriteLine($"{Database}, {Records:N0} records of {Keys} keys over {Days} days");
        foreach (var query in (IEnumerable<LedgerQuery>)[EmptySettlement, FullSettlement, .. Queries])
        {
            output.WriteLine($"{query.Name, -36} median {query.Ms.P50:F1} ms, 99th {query.Ms.P99:F1}");
        }
    }
}
