using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.PricingService.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class UsageDayTotals : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "usage_day_totals",
                columns: table => new
                {
                    model_id = table.Column<string>(type: "TEXT", nullable: false),
                    node_id = table.Column<string>(type: "TEXT", nullable: false),
                    gateway_id = table.Column<string>(type: "TEXT", nullable: false),
                    day = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    captions = table.Column<long>(type: "INTEGER", nullable: false),
                    cache_hits = table.Column<long>(type: "INTEGER", nullable: false),
                    pixels = table.Column<long>(type: "INTEGER", nullable: false),
                    tokens = table.Column<long>(type: "INTEGER", nullable: false),
                    cost_usd = table.Column<decimal>(type: "TEXT", nullable: false),
                    charged_usd = table.Column<decimal>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_usage_day_totals", x => new { x.day, x.model_id, x.node_id, x.gateway_id });
                });

            // Amounts are text here, so EF's own sum adds them as decimals.
            migrationBuilder.Sql(
                """
                INSERT INTO usage_day_totals
                    (day, model_id, node_id, gateway_id, captions, cache_hits, pixels, tokens, cost_usd, charged_usd)
                SELECT day, model_id, node_id, gateway_id,
                    sum(captions), sum(cache_hits), sum(pixels), sum(tokens), ef_sum(cost_usd), ef_sum(charged_usd)
                FROM usage_days
                GROUP BY 1, 2, 3, 4;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "usage_day_totals");
        }
    }
}
