using ImageToText.PricingService.Storage;
using ImageToText.PricingService.Storage.Rows;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace ImageToText.PricingService.Ledger;

/// <summary>
/// Inserts the rows of a batch. On SQLite, one prepared statement takes them all, because EF Core has each row's SQL written and parsed
/// anew, which costs several times as much as the row itself. On PostgreSQL, EF Core sends them in one round trip.
/// </summary>
internal static class LedgerRows
{
    /// <summary>Inserts rows within the transaction under way, at the latest when the context is saved.</summary>
    public static async Task InsertAsync(PricingDb db, IReadOnlyCollection<LedgerRow> rows, CancellationToken cancellationToken)
    {
        if (db is not SqlitePricingDb)
        {
            db.Ledger.AddRange(rows);
            return;
        }

        var columns = db.Model.FindEntityType(typeof(LedgerRow))!.GetProperties().Where(static column => !column.IsPrimaryKey()).ToArray();
        await using var insert = db.Database.GetDbConnection().CreateCommand();
        insert.Transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        insert.CommandText =
            $"INSERT INTO ledger ({string.Join(", ", columns.Select(static column => column.GetColumnName()))}) "
            + $"VALUES ({string.Join(", ", columns.Select(static (_, i) => $"@p{i}"))})";
        // Parameters of EF Core's own, so that a value is stored in one form, whoever writes it.
        var mappings = Array.ConvertAll(columns, static column => column.GetRelationalTypeMapping());
        for (int i = 0; i < columns.Length; i++)
        {
            insert.Parameters.Add(mappings[i].CreateParameter(insert, $"@p{i}", value: null, nullable: true));
        }

        foreach (var row in rows)
        {
            for (int i = 0; i < columns.Length; i++)
            {
                object? value = columns[i].PropertyInfo!.GetValue(row);
                insert.Parameters[i].Value = (mappings[i].Converter is { } form ? form.ConvertToProvider(value) : value) ?? DBNull.Value;
            }

            await insert.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
