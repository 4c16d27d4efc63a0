using System.Data.Common;
using System.Globalization;
using ImageToText.Contracts.Ledger;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace ImageToText.Bench.Ledger;

/// <summary>
/// Puts records into the ledger's tables directly, with the sums that the service would have kept: the service itself would take an
/// hour for millions.
/// </summary>
internal static class LedgerFill
{
    private const int RowsPerTransaction = 100_000;

    private static readonly string[] Columns =
    [
        "request_id",
        "key_id",
        "gateway_id",
        "node_id",
        "model_id",
        "model_revision",
        "at",
        "day",
        "pixels",
        "usd_per_pixel",
        "cost_usd",
        "cache",
        "duration_ms",
        "tokens",
        "charged_usd",
        "against_slice",
        "received_at",
    ];

    /// <summary>Adds records, and sums up the whole ledger anew.</summary>
    public static async Task FillAsync(DbConnection connection, IEnumerable<UsageRecord> records, CancellationToken cancellationToken)
    {
        if (connection is NpgsqlConnection postgres)
        {
            await CopyAsync(postgres, records, cancellationToken);
        }
        else
        {
            var sqlite = (SqliteConnection)connection;
            sqlite.CreateAggregate<string, decimal>(
                "exact_sum",
                0m,
                static (sum, text) => sum + decimal.Parse(text, CultureInfo.InvariantCulture),
                isDeterministic: true
            );
            await InsertAsync(sqlite, records, cancellationToken);
        }

        foreach (string statement in Sums(connection is NpgsqlConnection))
        {
            await using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.CommandTimeout = 0;
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static string[] Sums(bool isPostgres)
    {
        string sum = isPostgres ? "sum" : "exact_sum";
        string month = isPostgres ? "date_trunc('month', day)::date" : "date(day, 'start of month')";
        string day = "CAST(day AS TEXT)";
        return
        [
            "DELETE FROM usage_days",
            "DELETE FROM usage_day_totals",
            "DELETE FROM usage_months",
            "DELETE FROM budget_periods",
            $"""
                INSERT INTO usage_days
                    (day, key_id, model_id, node_id, gateway_id, captions, cache_hits, pixels, tokens, cost_usd, charged_usd)
                SELECT day, key_id, model_id, coalesce(node_id, ''), gateway_id, count(*), sum(CASE WHEN cache = 'Miss' THEN 0 ELSE 1 END),
                    sum(pixels), sum(coalesce(tokens, 0)), {sum}(cost_usd), {sum}(charged_usd)
                FROM ledger GROUP BY 1, 2, 3, 4, 5
                """,
            $"""
                INSERT INTO usage_day_totals
                    (day, model_id, node_id, gateway_id, captions, cache_hits, pixels, tokens, cost_usd, charged_usd)
                SELECT day, model_id, node_id, gateway_id, sum(captions), sum(cache_hits), sum(pixels), sum(tokens),
                    {sum}(cost_usd), {sum}(charged_usd)
                FROM usage_days GROUP BY 1, 2, 3, 4
                """,
            $"""
                INSERT INTO usage_months
                    (month, key_id, model_id, node_id, gateway_id, captions, cache_hits, pixels, tokens, cost_usd, charged_usd)
                SELECT {month}, key_id, model_id, node_id, gateway_id, sum(captions), sum(cache_hits), sum(pixels), sum(tokens),
                    {sum}(cost_usd), {sum}(charged_usd)
                FROM usage_days GROUP BY 1, 2, 3, 4, 5
                """,
            Spent("'total'"),
            Spent($"substr({day}, 1, 7)"),
            Spent(day),
            // The service would have had a year for it.
            isPostgres ? "VACUUM ANALYZE" : "ANALYZE",
        ];

        string Spent(string period) =>
            $"""
                INSERT INTO budget_periods (key_id, period, charged, held, noticed)
                SELECT key_id, {period}, {sum}(charged_usd), {(isPostgres ? "0" : "'0.0'")}, 0 FROM usage_days GROUP BY 1, 2
                """;
    }

    private static async Task CopyAsync(NpgsqlConnection connection, IEnumerable<UsageRecord> records, CancellationToken cancellationToken)
    {
        await using var copy = await connection.BeginBinaryImportAsync(
            $"COPY ledger ({string.Join(", ", Columns)}) FROM STDIN (FORMAT BINARY)",
            cancellationToken
        );
        foreach (var record in records)
        {
            await copy.StartRowAsync(cancellationToken);
            await TextAsync(record.RequestId);
            await TextAsync(record.KeyId);
            await TextAsync(record.GatewayId);
            await TextAsync(record.NodeId);
            await TextAsync(record.ModelId);
            await TextAsync(record.ModelRevision);
            await copy.WriteAsync(record.At.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
            await copy.WriteAsync(DateOnly.FromDateTime(record.At.UtcDateTime), NpgsqlDbType.Date, cancellationToken);
            await copy.WriteAsync(record.Pixels, NpgsqlDbType.Bigint, cancellationToken);
            await copy.WriteAsync(record.UsdPerPixel, NpgsqlDbType.Numeric, cancellationToken);
            await copy.WriteAsync(record.CostUsd, NpgsqlDbType.Numeric, cancellationToken);
            await TextAsync(record.Cache.ToString());
            await copy.WriteAsync(record.DurationMs, NpgsqlDbType.Double, cancellationToken);
            await copy.WriteAsync(record.Tokens!.Value, NpgsqlDbType.Integer, cancellationToken);
            await copy.WriteAsync(record.CostUsd, NpgsqlDbType.Numeric, cancellationToken);
            await copy.WriteAsync(false, NpgsqlDbType.Boolean, cancellationToken);
            await copy.WriteAsync(record.At.UtcDateTime, NpgsqlDbType.TimestampTz, cancellationToken);
        }

        await copy.CompleteAsync(cancellationToken);

        Task TextAsync(string? text) =>
            text is null ? copy.WriteNullAsync(cancellationToken) : copy.WriteAsync(text, NpgsqlDbType.Text, cancellationToken);
    }

    private static async Task InsertAsync(
        SqliteConnection connection,
        IEnumerable<UsageRecord> records,
        CancellationToken cancellationToken
    )
    {
        await using var insert = connection.CreateCommand();
        insert.CommandText =
            $"INSERT INTO ledger ({string.Join(", ", Columns)}) VALUES ({string.Join(", ", Columns.Select(static name => "$" + name))})";
        var parameters = Columns.ToDictionary(static name => name, name => insert.Parameters.Add("$" + name, Type(name)));
        foreach (var part in records.Chunk(RowsPerTransaction))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await using var transaction = connection.BeginTransaction();
            insert.Transaction = transaction;
            foreach (var record in part)
            {
                object?[] values =
                [
                    record.RequestId,
                    record.KeyId,
                    record.GatewayId,
                    record.NodeId,
                    record.ModelId,
                    record.ModelRevision,
                    record.At.UtcTicks,
                    record.At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                    record.Pixels,
                    record.UsdPerPixel,
                    record.CostUsd,
                    record.Cache.ToString(),
                    record.DurationMs,
                    record.Tokens,
                    record.CostUsd,
                    0L,
                    record.At.UtcTicks,
                ];
                for (int i = 0; i < Columns.Length; i++)
                {
                    parameters[Columns[i]].Value = values[i] ?? DBNull.Value;
                }

                insert.ExecuteNonQuery();
            }

            await transaction.CommitAsync(cancellationToken);
        }
    }

    private static SqliteType Type(string column) =>
        column switch
        {
            "at" or "received_at" or "pixels" or "tokens" or "against_slice" => SqliteType.Integer,
            "duration_ms" => SqliteType.Real,
            _ => SqliteType.Text,
        };
}
