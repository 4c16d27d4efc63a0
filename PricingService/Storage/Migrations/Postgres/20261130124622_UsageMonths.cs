using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.PricingService.Storage.Migrations.Postgres
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
                    key_id = table.Column<string>(type: "text", nullable: false),
                    delivered = table.Column<decimal>(type: "numeric", nullable: false),
                    charged = table.Column<decimal>(type: "numeric", nullable: false),
                    against_slices = table.Column<decimal>(type: "numeric", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_archived_keys", x => x.key_id);
                });

            migrationBuilder.CreateTable(
                name: "archived_requests",
                columns: table => new
                {
                    request_id = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_archived_requests", x => x.request_id);
                });

            migrationBuilder.CreateTable(
                name: "ledger_archives",
                columns: table => new
                {
                    last_sequence = table.Column<long>(type: "bigint", nullable: false),
                    first_sequence = table.Column<long>(type: "bigint", nullable: false),
                    file = table.Column<string>(type: "text", nullable: false),
                    sha256 = table.Column<string>(type: "text", nullable: false),
                    records = table.Column<long>(type: "bigint", nullable: false),
                    cost_usd = table.Column<decimal>(type: "numeric", nullable: false),
                    charged_usd = table.Column<decimal>(type: "numeric", nullable: false),
                    archived_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ledger_archives", x => x.last_sequence);
                });

            migrationBuilder.CreateTable(
                name: "usage_months",
                columns: table => new
                {
                    key_id = table.Column<string>(type: "text", nullable: false),
                    model_id = table.Column<string>(type: "text", nullable: false),
                    node_id = table.Column<string>(type: "text", nullable: false),
                    gateway_id = table.Column<string>(type: "text", nullable: false),
                    month = table.Column<DateOnly>(type: "date", nullable: false),
                    captions = table.Column<long>(type: "bigint", nullable: false),
                    cache_hits = table.Column<long>(type: "bigint", nullable: false),
                    pixels = table.Column<long>(type: "bigint", nullable: false),
                    tokens = table.Column<long>(type: "bigint", nullable: false),
                    cost_usd = table.Column<decimal>(type: "numeric", nullable: false),
                    charged_usd = table.Column<decimal>(type: "numeric", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_usage_months", x => new { x.month, x.key_id, x.model_id, x.node_id, x.gateway_id });
                });

            migrationBuilder.CreateIndex(
                name: "IX_usage_months_key_id",
                table: "usage_months",
                column: "key_id");

            migrationBuilder.Sql(
                """
                INSERT INTO usage_months
                    (month, key_id, model_id, node_id, gateway_id, captions, cache_hits, pixels, tokens, cost_usd, charged_usd)
                SELECT date_trunc('month', day)::date, key_id, model_id, node_id, gateway_id,
                    sum(captions), sum(cache_hits), sum(pixels), sum(tokens), sum(cost_usd), sum(charged_usd)
                FROM usage_days
                GROUP BY 1, 2, 3, 4, 5;
                """);

            // The ledger is still only added to, except that records leave it that an archive holds. What is archived never changes.
            migrationBuilder.Sql(
                """
                CREATE FUNCTION ledger_only_archived_leave() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF OLD.sequence > (SELECT coalesce(max(last_sequence), 0) FROM ledger_archives) THEN
                        RAISE EXCEPTION 'the ledger is only added to';
                    END IF;
                    RETURN OLD;
                END
                $$;
                DROP TRIGGER ledger_no_change ON ledger;
                CREATE TRIGGER ledger_no_change BEFORE UPDATE OR TRUNCATE ON ledger
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_added_to();
                CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
                    FOR EACH ROW EXECUTE FUNCTION ledger_only_archived_leave();
                CREATE TRIGGER ledger_archives_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_archives
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_added_to();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(
                """
                DROP TRIGGER ledger_no_delete ON ledger;
                DROP TRIGGER ledger_no_change ON ledger;
                DROP FUNCTION ledger_only_archived_leave();
                CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_added_to();
                """);

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
