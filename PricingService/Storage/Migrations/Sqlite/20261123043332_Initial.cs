using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.PricingService.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class Initial : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "budget_periods",
                columns: table => new
                {
                    key_id = table.Column<string>(type: "TEXT", nullable: false),
                    period = table.Column<string>(type: "TEXT", nullable: false),
                    charged = table.Column<decimal>(type: "TEXT", nullable: false),
                    held = table.Column<decimal>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_budget_periods", x => new { x.key_id, x.period });
                });

            migrationBuilder.CreateTable(
                name: "keys",
                columns: table => new
                {
                    key_id = table.Column<string>(type: "TEXT", nullable: false),
                    secret_hash = table.Column<string>(type: "TEXT", nullable: false),
                    prefix = table.Column<string>(type: "TEXT", nullable: false),
                    previous_secret_hash = table.Column<string>(type: "TEXT", nullable: true),
                    previous_secret_until = table.Column<long>(type: "INTEGER", nullable: true),
                    settings_json = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    rotated_at = table.Column<long>(type: "INTEGER", nullable: true),
                    revoked_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_keys", x => x.key_id);
                });

            migrationBuilder.CreateTable(
                name: "ledger",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    request_id = table.Column<string>(type: "TEXT", nullable: false),
                    key_id = table.Column<string>(type: "TEXT", nullable: false),
                    gateway_id = table.Column<string>(type: "TEXT", nullable: false),
                    slice_id = table.Column<string>(type: "TEXT", nullable: true),
                    node_id = table.Column<string>(type: "TEXT", nullable: true),
                    model_id = table.Column<string>(type: "TEXT", nullable: false),
                    model_revision = table.Column<string>(type: "TEXT", nullable: true),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    day = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    pixels = table.Column<long>(type: "INTEGER", nullable: false),
                    usd_per_pixel = table.Column<decimal>(type: "TEXT", nullable: false),
                    cost_usd = table.Column<decimal>(type: "TEXT", nullable: false),
                    cache = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    duration_ms = table.Column<double>(type: "REAL", nullable: false),
                    tokens = table.Column<int>(type: "INTEGER", nullable: true),
                    charged_usd = table.Column<decimal>(type: "TEXT", nullable: false),
                    against_slice = table.Column<bool>(type: "INTEGER", nullable: false),
                    received_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ledger", x => x.sequence);
                });

            migrationBuilder.CreateTable(
                name: "model_requests",
                columns: table => new
                {
                    request_id = table.Column<string>(type: "TEXT", nullable: false),
                    model_id = table.Column<string>(type: "TEXT", nullable: false),
                    hub_revision = table.Column<string>(type: "TEXT", nullable: false),
                    expectations_json = table.Column<string>(type: "TEXT", nullable: true),
                    state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    reason = table.Column<string>(type: "TEXT", nullable: true),
                    requested_by = table.Column<string>(type: "TEXT", nullable: true),
                    requested_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    node_id = table.Column<string>(type: "TEXT", nullable: true),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false),
                    lease_id = table.Column<string>(type: "TEXT", nullable: true),
                    lease_expires_at = table.Column<long>(type: "INTEGER", nullable: true),
                    not_before = table.Column<long>(type: "INTEGER", nullable: true),
                    steps_json = table.Column<string>(type: "TEXT", nullable: false),
                    measurements_json = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_model_requests", x => x.request_id);
                });

            migrationBuilder.CreateTable(
                name: "network_version",
                columns: table => new
                {
                    id = table.Column<int>(type: "INTEGER", nullable: false),
                    latest = table.Column<long>(type: "INTEGER", nullable: false),
                    network = table.Column<long>(type: "INTEGER", nullable: false),
                    keys = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_network_version", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "nodes",
                columns: table => new
                {
                    node_id = table.Column<string>(type: "TEXT", nullable: false),
                    address = table.Column<string>(type: "TEXT", nullable: false),
                    kind = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    wanted_state = table.Column<string>(type: "TEXT", maxLength: 32, nullable: false),
                    leaving = table.Column<bool>(type: "INTEGER", nullable: false),
                    present = table.Column<bool>(type: "INTEGER", nullable: false),
                    source = table.Column<string>(type: "TEXT", nullable: false),
                    version = table.Column<string>(type: "TEXT", nullable: true),
                    instance = table.Column<string>(type: "TEXT", nullable: true),
                    token = table.Column<string>(type: "TEXT", nullable: true),
                    hardware_json = table.Column<string>(type: "TEXT", nullable: true),
                    models_json = table.Column<string>(type: "TEXT", nullable: false),
                    queue_depth = table.Column<int>(type: "INTEGER", nullable: true),
                    running = table.Column<int>(type: "INTEGER", nullable: true),
                    free_memory_bytes = table.Column<long>(type: "INTEGER", nullable: true),
                    registered_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_nodes", x => x.node_id);
                });

            migrationBuilder.CreateTable(
                name: "prices",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    node_id = table.Column<string>(type: "TEXT", nullable: true),
                    model_id = table.Column<string>(type: "TEXT", nullable: true),
                    price_per_unit = table.Column<decimal>(type: "TEXT", nullable: true),
                    pixels_per_unit = table.Column<decimal>(type: "TEXT", nullable: true),
                    currency = table.Column<string>(type: "TEXT", maxLength: 32, nullable: true),
                    from = table.Column<long>(type: "INTEGER", nullable: false),
                    until = table.Column<long>(type: "INTEGER", nullable: true),
                    changed_by = table.Column<string>(type: "TEXT", nullable: true),
                    note = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_prices", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "slices",
                columns: table => new
                {
                    slice_id = table.Column<string>(type: "TEXT", nullable: false),
                    key_id = table.Column<string>(type: "TEXT", nullable: false),
                    gateway_id = table.Column<string>(type: "TEXT", nullable: false),
                    request_id = table.Column<string>(type: "TEXT", nullable: true),
                    day = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    granted = table.Column<decimal>(type: "TEXT", nullable: false),
                    amount = table.Column<decimal>(type: "TEXT", nullable: false),
                    spent = table.Column<decimal>(type: "TEXT", nullable: false),
                    granted_at = table.Column<long>(type: "INTEGER", nullable: false),
                    expires_at = table.Column<long>(type: "INTEGER", nullable: false),
                    recalled_at = table.Column<long>(type: "INTEGER", nullable: true),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_slices", x => x.slice_id);
                });

            migrationBuilder.CreateTable(
                name: "usage_days",
                columns: table => new
                {
                    day = table.Column<DateOnly>(type: "TEXT", nullable: false),
                    key_id = table.Column<string>(type: "TEXT", nullable: false),
                    model_id = table.Column<string>(type: "TEXT", nullable: false),
                    node_id = table.Column<string>(type: "TEXT", nullable: false),
                    gateway_id = table.Column<string>(type: "TEXT", nullable: false),
                    captions = table.Column<long>(type: "INTEGER", nullable: false),
                    cache_hits = table.Column<long>(type: "INTEGER", nullable: false),
                    pixels = table.Column<long>(type: "INTEGER", nullable: false),
                    tokens = table.Column<long>(type: "INTEGER", nullable: false),
                    cost_usd = table.Column<decimal>(type: "TEXT", nullable: false),
                    charged_usd = table.Column<decimal>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_usage_days", x => new { x.day, x.key_id, x.model_id, x.node_id, x.gateway_id });
                });

            migrationBuilder.CreateTable(
                name: "verified_models",
                columns: table => new
                {
                    model_id = table.Column<string>(type: "TEXT", nullable: false),
                    request_id = table.Column<string>(type: "TEXT", nullable: false),
                    verified_at = table.Column<long>(type: "INTEGER", nullable: false),
                    measurements_json = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_verified_models", x => x.model_id);
                });

            migrationBuilder.InsertData(
                table: "network_version",
                columns: new[] { "id", "keys", "latest", "network" },
                values: new object[] { 1, 1L, 1L, 1L });

            migrationBuilder.CreateIndex(
                name: "IX_keys_previous_secret_hash",
                table: "keys",
                column: "previous_secret_hash");

            migrationBuilder.CreateIndex(
                name: "IX_keys_secret_hash",
                table: "keys",
                column: "secret_hash",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_ledger_day_sequence",
                table: "ledger",
                columns: new[] { "day", "sequence" });

            migrationBuilder.CreateIndex(
                name: "IX_ledger_key_id_sequence",
                table: "ledger",
                columns: new[] { "key_id", "sequence" });

            migrationBuilder.CreateIndex(
                name: "IX_ledger_request_id",
                table: "ledger",
                column: "request_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_model_requests_state",
                table: "model_requests",
                column: "state");

            migrationBuilder.CreateIndex(
                name: "IX_prices_until",
                table: "prices",
                column: "until");

            migrationBuilder.CreateIndex(
                name: "IX_slices_ended_at_expires_at",
                table: "slices",
                columns: new[] { "ended_at", "expires_at" });

            migrationBuilder.CreateIndex(
                name: "IX_slices_gateway_id_ended_at",
                table: "slices",
                columns: new[] { "gateway_id", "ended_at" });

            migrationBuilder.CreateIndex(
                name: "IX_slices_gateway_id_request_id",
                table: "slices",
                columns: new[] { "gateway_id", "request_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_slices_key_id_ended_at",
                table: "slices",
                columns: new[] { "key_id", "ended_at" });

            migrationBuilder.CreateIndex(
                name: "IX_usage_days_key_id",
                table: "usage_days",
                column: "key_id");

            // The ledger is only ever added to, by whatever program.
            migrationBuilder.Sql("CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;");
            migrationBuilder.Sql("CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is only added to'); END;");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "budget_periods");

            migrationBuilder.DropTable(
                name: "keys");

            migrationBuilder.DropTable(
                name: "ledger");

            migrationBuilder.DropTable(
                name: "model_requests");

            migrationBuilder.DropTable(
                name: "network_version");

            migrationBuilder.DropTable(
                name: "nodes");

            migrationBuilder.DropTable(
                name: "prices");

            migrationBuilder.DropTable(
                name: "slices");

            migrationBuilder.DropTable(
                name: "usage_days");

            migrationBuilder.DropTable(
                name: "verified_models");
        }
    }
}
