using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.Gateway.Jobs.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class FileAccounts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "account",
                table: "job_files",
                type: "text",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_job_files_account",
                table: "job_files",
                column: "account");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_job_files_account",
                table: "job_files");

            migrationBuilder.DropColumn(
                name: "account",
                table: "job_files");
        }
    }
}
