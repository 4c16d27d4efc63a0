using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.PricingService.Storage.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class SpentButUnshipped : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<decimal>(
                name: "delivered",
                table: "slices",
                type: "TEXT",
                nullable: false,
                defaultValue: 0m);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "delivered",
                table: "slices");
        }
    }
}
