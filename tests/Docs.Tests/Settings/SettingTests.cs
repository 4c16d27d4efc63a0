using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ImageToText.Docs.Tests.Pages;

namespace ImageToText.Docs.Tests.Settings;

/// <summary>docs/configuration.md lists every setting of the options classes, and no page names one that doesn't exist.</summary>
public sealed partial class SettingTests
{
    private const string Reference = "docs/configuration.md";
    private const string Begin = "<!-- settings: written by the tests -->";
    private const string Rewrite = "UPDATE_DOCS";

    public static TheoryData<string> Pages { get; } = [.. WorkingCopy.PagesWithCommands];

    [Fact]
    public void The_reference_lists_every_setting_with_its_default_and_meaning()
    {
        string path = WorkingCopy.PathOf(Reference);
        string page = File.ReadAllText(path);
        string expected = page[..(page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)] + "\n" + Written();
        if (Environment.GetEnvironmentVariable(Rewrite) is not null)
        {
            File.WriteAllText(path, expected);
            return;
        }

        Assert.True(
            expected == page,
            $"{Reference} doesn't match the options classes. Update it: {Rewrite}=1 dotnet test --project "
                + $"tests/Docs.Tests -- --filter-class \"*SettingTests\""
        );
    }

    [Fact]
    public void Every_setting_says_what_it_means() =>
        Assert.All(
            SettingCatalogue.Groups.SelectMany(static group => group.Settings),
            static setting => Assert.True(setting.Meaning.Length > 0, $"{setting.Key} has no summary.")
        );

    [Theory]
    [MemberData(nameof(Pages))]
    public void Settings_named_on_a_page_exist(string path)
    {
        var page = DocPage.Read(path);
        Assert.All(
            page.Codes.Concat(page.Blocks.Select(static block => block.Code)).SelectMany(static text => KeyName().Matches(text)),
            match =>
            {
                string key = match.Value.Replace("__", ":", StringComparison.Ordinal).TrimEnd(':', '.');
                Assert.True(SettingCatalogue.Knows(Placeholder().Replace(key, "X")), $"{path} names {key}, which is not a setting.");
            }
        );
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Configuration_files_shown_on_a_page_are_valid(string path)
    {
        foreach (var block in DocPage.Read(path).Blocks.Where(static block => block is { Language: "json", IsOutput: false }))
        {
            using var json = JsonDocument.Parse(block.Code);
            if (
                json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.EnumerateObject()
                    .Any(static entry => entry.Name is "Gateway" or "Inference" or "Pricing" or "ServiceDefaults")
            )
            {
                Assert.All(
                    Leaves(json.RootElement, ""),
                    key => Assert.True(SettingCatalogue.Knows(key), $"{block}: {key} is not a setting.")
                );
            }
        }
    }

    private static IEnumerable<string> Leaves(JsonElement element, string key) =>
        element.ValueKind switch
        {
            JsonValueKind.Object => element
                .EnumerateObject()
                .SelectMany(entry => Leaves(entry.Value, key.Length == 0 ? entry.Name : $"{key}:{entry.Name}")),
            JsonValueKind.Array => element.EnumerateArray().SelectMany((item, index) => Leaves(item, $"{key}:{index}")),
            _ => [key],
        };

    private static string Written()
    {
        var text = new StringBuilder();
        foreach (var group in SettingCatalogue.Groups)
        {
            text.Append(
                System.Globalization.CultureInfo.InvariantCulture,
                $"\n### `{group.Section}`\n{group.Meaning}\n\n| key | default | meaning |\n|---|---|---|\n"
            );
            foreach (var setting in group.Settings)
            {
                text.Append(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"| `{setting.Key}` | {(setting.Default.Length == 0 ? "" : $"`{setting.Default}`")} | {setting.Meaning} |\n"
                );
            }
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\b(?:Gateway|Inference|Pricing|ServiceDefaults)(?:(?::|__)(?:\w+|\{\w+\}))+")]
    private static partial Regex KeyName();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Placeholder();
}
