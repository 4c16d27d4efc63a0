using System.Globalization;
using System.Text.Json;
using ImageToText.InferenceService.Models;

namespace ImageToText.Docs.Tests.Models;

/// <summary>The table in docs/models.md matches the answers of 'models check' for the config.json of each checkpoint.</summary>
public sealed class CheckpointTableTests
{
    private const string Page = "docs/models.md";
    private const string Heading = "| model | family |";
    private const string Rewrite = "UPDATE_DOCS";
    private const int Named = 40;

    [Fact]
    public void Each_row_matches_the_answer_for_its_config()
    {
        string path = WorkingCopy.PathOf(Page);
        string[] lines = File.ReadAllLines(path);
        int first = Array.FindIndex(lines, static line => line.StartsWith(Heading, StringComparison.Ordinal)) + 2;
        string[] rows = [.. lines.Skip(first).TakeWhile(static line => line.StartsWith('|'))];
        string[] expected = [.. rows.Select(Answered)];
        Assert.Equal(Named, rows.Length);
        if (Environment.GetEnvironmentVariable(Rewrite) is not null)
        {
            File.WriteAllLines(path, [.. lines.Take(first), .. expected, .. lines.Skip(first + rows.Length)]);
            return;
        }

        Assert.True(
            expected.SequenceEqual(rows),
            $"{Page} doesn't match the answers of 'models check'. Update it: "
                + $"{Rewrite}=1 dotnet test --project tests/Docs.Tests -- --filter-class \"*CheckpointTableTests\""
        );
    }

    // The command answers family, memory and support. The rest of a row is written by hand.
    private static string Answered(string row)
    {
        string[] cells = [.. row.Trim('|').Split('|').Select(static cell => cell.Trim())];
        string name = cells[0].Trim('`').Replace("/", "--", StringComparison.Ordinal);
        byte[] config = File.ReadAllBytes(WorkingCopy.PathOf($"tests/Fixtures/configs/{name}.json"));
        var verdict = ModelVerdict.Of(config);
        long parameters = 1_000_000 * long.Parse(cells[3], NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        using var json = JsonDocument.Parse(config);
        var size = ModelSize.Of(json.RootElement, parameters);
        cells[1] = verdict.Family;
        cells[4] = Mebibytes(size.Int8Bytes);
        cells[5] = Mebibytes(size.F32Bytes);
        cells[7] =
            verdict.IsSupported ? "yes"
            : cells[7] == "planned" ? "planned"
            : "no";
        if (!verdict.IsSupported)
        {
            Assert.Contains(cells[8].Split(' ')[^1], verdict.Reason, StringComparison.Ordinal);
        }

        return $"| {string.Join(" | ", cells)} |";
    }

    private static string Mebibytes(long bytes) => (bytes / 1048576.0).ToString("N0", CultureInfo.InvariantCulture);
}
