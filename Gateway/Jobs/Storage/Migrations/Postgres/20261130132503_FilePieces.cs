using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ImageToText.Gateway.Jobs.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class FilePieces : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "job_pieces",
                columns: table => new
                {
                    file = table.Column<string>(type: "text", nullable: false),
                    number = table.Column<int>(type: "integer", nullable: false),
                    bytes = table.Column<byte[]>(type: "bytea", nullable: false),
                    is_draft = table.Column<bool>(type: "boolean", nullable: false),
                    created_at = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_job_pieces", x => new { x.file, x.number });
                });

            // Uncompressed, so that a line is read without the rest of its piece.
            migrationBuilder.Sql("ALTER TABLE job_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL");

            migrationBuilder.CreateIndex(
                name: "IX_job_pieces_is_draft_created_at",
                table: "job_pieces",
                columns: new[] { "is_draft", "created_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "job_pieces");
        }
    }
}
