using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using ImageToText.Contracts;

namespace ImageToText.Docs.Tests.Options;

/// <summary>Text generated from the table of caption options matches the table, and nothing else restates it.</summary>
public sealed partial class OptionPagesTests
{
    private const string Page = "docs/generation.md";
    private const string Begin = "<!-- options: written by the tests -->\n";
    private const string End = "<!-- options end -->";
    private const string Playground = "Web/src/playground/options.json";
    private const string Rewrite = "UPDATE_DOCS";

    // A file that names more options than this is a list of its own.
    private const int MostNamed = 3;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NewLine = "\n",
    };

    // The table, the engine it is compared with, generated files, and texts about releases or other programs.
    private static readonly string[] MayName =
    [
        "Contracts/Captions/Options/",
        "Captioning/",
        Page,
        "docs/transformers.md",
        Playground,
        "Gateway/Pages/Built/",
        "CHANGELOG.md",
        "tests/",
        "models/",
        "bench/Bench/Shapes/",
        // Example requests.
        "Gateway/OpenApi/examples.json",
    ];

    // Tests of the pages use options as values, not as a list.
    private static readonly string[] Tests = [".test.ts"];

    [Fact]
    public void The_page_on_generation_has_the_table()
    {
        string page = File.ReadAllText(WorkingCopy.PathOf(Page));
        int begin = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        Check(Page, page[..begin] + Table() + page[page.IndexOf(End, StringComparison.Ordinal)..]);
    }

    [Fact]
    public void The_playground_has_the_table() =>
        Check(
            Playground,
            JsonSerializer.Serialize(
                CaptionOptionTable.All.Select(static option =>
                    new Dictionary<string, object?>
                    {
                        ["name"] = option.Name,
                        ["kind"] = Word(option.Kind),
                        ["label"] = option.Label,
                        ["description"] = option.Description,
                        ["use"] = Word(option.Use),
                        ["least"] = option.Least,
                        ["most"] = option.Most,
                        ["default"] = option.Default,
                        ["choices"] = option.Choices.Count == 0 ? null : option.Choices,
                    }
                        .Where(static entry => entry.Value is not null)
                        .ToDictionary()
                ),
                Json
            ) + "\n"
        );

    [Fact]
    public void No_other_file_lists_options()
    {
        var spellings = CaptionOptionTable
            // Every file may mention prompts.
            .All.Where(static option => option != CaptionOptionTable.Prompt)
            .Select(static option => new Regex(
                option.Name.Contains('_')
                    ? $@"\b{option.Name}\b|--{option.Name.Replace('_', '-')}\b"
                    : $"[\"'`]{option.Name}[\"'`]|--{option.Name}\\b"
            ))
            .ToArray();
        string[] listing =
        [
            .. WorkingCopy
                .Files.Where(static file =>
                    !MayName.Any(place => file.StartsWith(place, StringComparison.Ordinal))
                    && !Tests.Any(ending => file.EndsWith(ending, StringComparison.Ordinal))
                    && SourceFile().IsMatch(file)
                )
                .Where(file =>
                {
                    string text = File.ReadAllText(WorkingCopy.PathOf(file));
                    return spellings.Count(spelling => spelling.IsMatch(text)) > MostNamed;
                }),
        ];
        Assert.True(
            listing.Length == 0,
            $"These files list caption options. Read them from CaptionOptionTable instead: {string.Join(", ", listing)}"
        );
    }

    private static void Check(string file, string expected)
    {
        string path = WorkingCopy.PathOf(file);
        if (Environment.GetEnvironmentVariable(Rewrite) is not null)
        {
            File.WriteAllText(path, expected);
            return;
        }

        Assert.True(
            File.Exists(path) && expected == File.ReadAllText(path),
            $"{file} doesn't match CaptionOptionTable. Update it: "
                + $"{Rewrite}=1 dotnet test --project tests/Docs.Tests -- --filter-class \"*OptionPagesTests\""
        );
    }

    private static string Table() =>
        "| option | value | default | command line | also, in OpenAI's dialect | |\n|---|---|---|---|---|---|\n"
        + string.Concat(
            CaptionOptionTable.All.Select(static option =>
                $"| `{option.Name}` | {option.Expected} | {(option.Default is null ? "" : $"`{option.Default}`")} | "
                + $"`{option.CommandLineName}` | "
                + $"{string.Join(", ", option.OpenAiNames.Select(static name => $"`{name}`"))} | {option.Explanation} |\n"
            )
        );

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    [GeneratedRegex(@"\.(cs|ts|tsx|md|json|html|sh|yaml|yml)$")]
    private static partial Regex SourceFile();
}
