using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.Gateway.Jobs.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class JobWebhooks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<int>(
                name: "webhook_attempts",
                table: "jobs",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<long>(
                name: "webhook_due_at",
                table: "jobs",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_jobs_webhook_due_at",
                table: "jobs",
                column: "webhook_due_at");

            migrationBuilder.CreateIndex(
                name: "IX_job_items_job_id_succeeded_code_ended_at_cost_usd",
                table: "job_items",
                columns: new[] { "job_id", "succeeded", "code", "ended_at", "cost_usd" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_jobs_webhook_due_at",
                table: "jobs");

            migrationBuilder.DropIndex(
                name: "IX_job_items_job_id_succeeded_code_ended_at_cost_usd",
                table: "job_items");

            migrationBuilder.DropColumn(
                name: "webhook_attempts",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "webhook_due_at",
                table: "jobs");
        }
    }
}
