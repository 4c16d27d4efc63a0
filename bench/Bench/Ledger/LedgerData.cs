using ImageToText.Bench.Load;

namespace ImageToText.Bench.Ledger;

/// <summary>How long a query takes.</summary>
internal sealed record LedgerQuery(string Name, Percentiles Ms);

/// <summary>The figures of 'ledger'.</summary>
internal sealed record LedgerData(
    string Database,
    long Records,
    int Keys,
    int Days,
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
