using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.PricingService.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SharedBudgets : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "account",
                table: "slices",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<decimal>(
                name: "duplicated",
                table: "slices",
                type: "TEXT",
                nullable: false,
                defaultValue: 0m);

            migrationBuilder.AddColumn<string>(
                name: "model_id",
                table: "slices",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "account",
                table: "ledger",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "noticed",
                table: "budget_periods",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "accounts",
                columns: table => new
                {
                    name = table.Column<string>(type: "TEXT", nullable: false),
                    budget_json = table.Column<string>(type: "TEXT", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_accounts", x => x.name);
                });

            migrationBuilder.CreateTable(
                name: "notices",
                columns: table => new
                {
                    notice_id = table.Column<string>(type: "TEXT", nullable: false),
                    body = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    due_at = table.Column<long>(type: "INTEGER", nullable: false),
                    attempts = table.Column<int>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_notices", x => x.notice_id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_slices_account_ended_at",
                table: "slices",
                columns: new[] { "account", "ended_at" });

            migrationBuilder.CreateIndex(
                name: "IX_notices_due_at",
                table: "notices",
                column: "due_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "accounts");

            migrationBuilder.DropTable(
                name: "notices");

            migrationBuilder.DropIndex(
                name: "IX_slices_account_ended_at",
                table: "slices");

            migrationBuilder.DropColumn(
                name: "account",
                table: "slices");

            migrationBuilder.DropColumn(
                name: "duplicated",
                table: "slices");

            migrationBuilder.DropColumn(
                name: "model_id",
                table: "slices");

            migrationBuilder.DropColumn(
                name: "account",
                table: "ledger");

            migrationBuilder.DropColumn(
                name: "noticed",
                table: "budget_periods");
        }
    }
}
