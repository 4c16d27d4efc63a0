using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.Gateway.Jobs.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class JobQuotes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "quote_json",
                table: "jobs",
                type: "text",
                nullable: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "quote_json",
                table: "jobs");
        }
    }
}
