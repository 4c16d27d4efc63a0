using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.PricingService.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class UsageMonths : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "archived_keys",
                columns: table => new
                {
                    key_id = table.Column<string>(type: "TEXT", nullable: false),
                    delivered = table.Column<decimal>(type: "TEXT", nullable: false),
                    charged = table.Column<decimal>(type: "TEXT", nullable: false),
                    against_slices = table.Column<decimal>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_archived_keys", x => x.key_id);
                });

            // Without a row number, an id is stored once.
            migrationBuilder.Sql("CREATE TABLE archived_requests (request_id TEXT NOT NULL CONSTRAINT PK_archived_requests PRIMARY KEY) WITHOUT ROWID;");

            migrationBuilder.CreateTable(
                name: "ledger_archives",
                columns: table => new
                {
                    last_sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    first_sequence = table.Column<long>(type: "INTEGER", nullable: false),
                    file = table.Column<string>(type: "TEXT", nullable: false),
                    sha256 = table.Column<string>(type: "TEXT", nullable: false),
                    records = table.Column<long>(type: "INTEGER", nullable: false),
                    cost_usd = table.Column<decimal>(type: "TEXT", nullable: false),
                    charged_usd = table.Column<decimal>(type: "TEXT", nullable: false),
                    archived_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ledger_archives", x => x.last_sequence);
                });

            migrationBuilder.CreateTable(
                name: "usage_months",
                columns: table => new
                {
                    key_id = table.Column<string>(type: "TEXT", nullable: false),
                    model_id = table.Column<string>(type: "TEXT", nullable: false),
                    node_id = table.Column<string>(type: "TEXT", nullable: false),
                    gateway_id = table.Column<string>(type: "TEXT", nullable: false),
                    month = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    captions = table.Column<long>(type: "INTEGER", nullable: false),
                    cache_hits = table.Column<long>(type: "INTEGER", nullable: false),
                    pixels = table.Column<long>(type: "INTEGER", nullable: false),
                    tokens = table.Column<long>(type: "INTEGER", nullable: false),
                    cost_usd = table.Column<decimal>(type: "TEXT", nullable: false),
                    charged_usd = table.Column<decimal>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_usage_months", x => new { x.month, x.key_id, x.model_id, x.node_id, x.gateway_id });
                });

            migrationBuilder.CreateIndex(
                name: "IX_usage_months_key_id",
                table: "usage_months",
                column: "key_id");

            // Amounts are text here, so EF's own sum adds them as decimals.
            migrationBuilder.Sql(
                """
                INSERT INTO usage_months
                    (month, key_id, model_id, node_id, gateway_id, captions, cache_hits, pixels, tokens, cost_usd, charged_usd)
                SELECT date(day, 'start of month'), key_id, model_id, node_id, gateway_id,
                    sum(captions), sum(cache_hits), sum(pixels), sum(tokens), ef_sum(cost_usd), ef_sum(charged_usd)
                FROM usage_days
                GROUP BY 1, 2, 3, 4, 5;
                """);

            // The ledger is still only added to, except that records leave it that an archive holds. What is archived never changes.
            migrationBuilder.Sql("DROP TRIGGER ledger_no_delete;");
            migrationBuilder.Sql("CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger WHEN OLD.sequence > (SELECT coalesce(max(last_sequence), 0) FROM ledger_archives) BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;");
            migrationBuilder.Sql("CREATE TRIGGER ledger_archives_no_update BEFORE UPDATE ON ledger_archives BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;");
            migrationBuilder.Sql("CREATE TRIGGER ledger_archives_no_delete BEFORE DELETE ON ledger_archives BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TRIGGER ledger_no_delete;");
            migrationBuilder.Sql("CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;");

            migrationBuilder.DropTable(
                name: "archived_keys");

            migrationBuilder.DropTable(
                name: "archived_requests");

            migrationBuilder.DropTable(
                name: "ledger_archives");

            migrationBuilder.DropTable(
                name: "usage_months");
        }
    }
}
