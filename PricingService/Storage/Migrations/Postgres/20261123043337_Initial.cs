using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace ImageToText.PricingService.Storage.Migrations.Postgres
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
                    key_id = table.Column<string>(type: "text", nullable: false),
                    period = table.Column<string>(type: "text", nullable: false),
                    charged = table.Column<decimal>(type: "numeric", nullable: false),
                    held = table.Column<decimal>(type: "numeric", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_budget_periods", x => new { x.key_id, x.period });
                });

            migrationBuilder.CreateTable(
                name: "keys",
                columns: table => new
                {
                    key_id = table.Column<string>(type: "text", nullable: false),
                    secret_hash = table.Column<string>(type: "text", nullable: false),
                    prefix = table.Column<string>(type: "text", nullable: false),
                    previous_secret_hash = table.Column<string>(type: "text", nullable: true),
                    previous_secret_until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    settings_json = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    rotated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_keys", x => x.key_id);
                });

            migrationBuilder.CreateTable(
                name: "ledger",
                columns: table => new
                {
                    sequence = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    request_id = table.Column<string>(type: "text", nullable: false),
                    key_id = table.Column<string>(type: "text", nullable: false),
                    gateway_id = table.Column<string>(type: "text", nullable: false),
                    slice_id = table.Column<string>(type: "text", nullable: true),
                    node_id = table.Column<string>(type: "text", nullable: true),
                    model_id = table.Column<string>(type: "text", nullable: false),
                    model_revision = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    pixels = table.Column<long>(type: "bigint", nullable: false),
                    usd_per_pixel = table.Column<decimal>(type: "numeric", nullable: false),
                    cost_usd = table.Column<decimal>(type: "numeric", nullable: false),
                    cache = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    duration_ms = table.Column<double>(type: "double precision", nullable: false),
                    tokens = table.Column<int>(type: "integer", nullable: true),
                    charged_usd = table.Column<decimal>(type: "numeric", nullable: false),
                    against_slice = table.Column<bool>(type: "boolean", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ledger", x => x.sequence);
                });

            migrationBuilder.CreateTable(
                name: "model_requests",
                columns: table => new
                {
                    request_id = table.Column<string>(type: "text", nullable: false),
                    model_id = table.Column<string>(type: "text", nullable: false),
                    hub_revision = table.Column<string>(type: "text", nullable: false),
                    expectations_json = table.Column<string>(type: "text", nullable: true),
                    state = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    requested_by = table.Column<string>(type: "text", nullable: true),
                    requested_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    node_id = table.Column<string>(type: "text", nullable: true),
                    attempts = table.Column<int>(type: "integer", nullable: false),
                    lease_id = table.Column<string>(type: "text", nullable: true),
                    lease_expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    not_before = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    steps_json = table.Column<string>(type: "text", nullable: false),
                    measurements_json = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_model_requests", x => x.request_id);
                });

            migrationBuilder.CreateTable(
                name: "network_version",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false),
                    latest = table.Column<long>(type: "bigint", nullable: false),
                    network = table.Column<long>(type: "bigint", nullable: false),
                    keys = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_network_version", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "nodes",
                columns: table => new
                {
                    node_id = table.Column<string>(type: "text", nullable: false),
                    address = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    wanted_state = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    leaving = table.Column<bool>(type: "boolean", nullable: false),
                    present = table.Column<bool>(type: "boolean", nullable: false),
                    source = table.Column<string>(type: "text", nullable: false),
                    version = table.Column<string>(type: "text", nullable: true),
                    instance = table.Column<string>(type: "text", nullable: true),
                    token = table.Column<string>(type: "text", nullable: true),
                    hardware_json = table.Column<string>(type: "text", nullable: true),
                    models_json = table.Column<string>(type: "text", nullable: false),
                    queue_depth = table.Column<int>(type: "integer", nullable: true),
                    running = table.Column<int>(type: "integer", nullable: true),
                    free_memory_bytes = table.Column<long>(type: "bigint", nullable: true),
                    registered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_nodes", x => x.node_id);
                });

            migrationBuilder.CreateTable(
                name: "prices",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    node_id = table.Column<string>(type: "text", nullable: true),
                    model_id = table.Column<string>(type: "text", nullable: true),
                    price_per_unit = table.Column<decimal>(type: "numeric", nullable: true),
                    pixels_per_unit = table.Column<decimal>(type: "numeric", nullable: true),
                    currency = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                    from = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    changed_by = table.Column<string>(type: "text", nullable: true),
                    note = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_prices", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "slices",
                columns: table => new
                {
                    slice_id = table.Column<string>(type: "text", nullable: false),
                    key_id = table.Column<string>(type: "text", nullable: false),
                    gateway_id = table.Column<string>(type: "text", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: true),
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    granted = table.Column<decimal>(type: "numeric", nullable: false),
                    amount = table.Column<decimal>(type: "numeric", nullable: false),
                    spent = table.Column<decimal>(type: "numeric", nullable: false),
                    granted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    recalled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_slices", x => x.slice_id);
                });

            migrationBuilder.CreateTable(
                name: "usage_days",
                columns: table => new
                {
                    day = table.Column<DateOnly>(type: "date", nullable: false),
                    key_id = table.Column<string>(type: "text", nullable: false),
                    model_id = table.Column<string>(type: "text", nullable: false),
                    node_id = table.Column<string>(type: "text", nullable: false),
                    gateway_id = table.Column<string>(type: "text", nullable: false),
                    captions = table.Column<long>(type: "bigint", nullable: false),
                    cache_hits = table.Column<long>(type: "bigint", nullable: false),
                    pixels = table.Column<long>(type: "bigint", nullable: false),
                    tokens = table.Column<long>(type: "bigint", nullable: false),
                    cost_usd = table.Column<decimal>(type: "numeric", nullable: false),
                    charged_usd = table.Column<decimal>(type: "numeric", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_usage_days", x => new { x.day, x.key_id, x.model_id, x.node_id, x.gateway_id });
                });

            migrationBuilder.CreateTable(
                name: "verified_models",
                columns: table => new
                {
                    model_id = table.Column<string>(type: "text", nullable: false),
                    request_id = table.Column<string>(type: "text", nullable: false),
                    verified_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    measurements_json = table.Column<string>(type: "text", nullable: true)
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
            migrationBuilder.Sql(
                """
                CREATE FUNCTION ledger_only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'the ledger is only added to';
                END
                $$;
                CREATE TRIGGER ledger_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_added_to();
                """);
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

            migrationBuilder.Sql("DROP FUNCTION ledger_only_added_to();");
        }
    }
}
