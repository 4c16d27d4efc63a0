using CsvHelper;

namespace ImageToText.PricingService.Statements;

/// <summary>Writes a statement as CSV: one row for each line, without sums.</summary>
internal static class StatementCsv
{
    public static async Task<byte[]> WriteAsync(StatementDocument statement, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        // Names come from outside, and a spreadsheet would run anything that begins like a formula.
        await using (var csv = CsvWriter.Create(bytes, new() { Injection = CsvInjection.Escape }, leaveOpen: true))
        {
            await csv.WriteRecordAsync(
                ["month", statement.PartName, .. statement.Columns.Select(static column => column.Name)],
                cancellationToken
            );
            foreach (var part in statement.Parts)
            {
                foreach (string[] row in part.Rows)
                {
                    await csv.WriteRecordAsync([statement.Month, part.Name ?? "", .. row], cancellationToken);
                }
            }

            await csv.FlushAsync(cancellationToken);
        }

        return bytes.ToArray();
    }
}
