using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Models.References;

namespace ImageToText.Standalone.Tests.Models;

/// <summary>models check --against: checkpoints of the tests, with what transformers wrote for them.</summary>
public sealed partial class ReferenceCheckTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string Pictures => Fixture("images");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vit-bert")]
    [InlineData("florence2-remote")]
    [InlineData("git-base")]
    [InlineData("smolvlm-tiles")]
    [InlineData("blip2-opt")]
    public async Task Captions_of_a_checkpoint_equal_transformers(string checkpoint)
    {
        using var terminal = new TestTerminal();
        int code = await RunAsync(terminal, checkpoint, Reference(checkpoint, cases: 6));
        Assert.Equal((ExitCode.Success, 6), (code, terminal.OutLines.Length));
        Assert.All(terminal.OutLines, static line => Assert.Contains(": equal (distance of ", line, StringComparison.Ordinal));
        Assert.Contains("first logits 0.000", terminal.OutLines[0], StringComparison.Ordinal);
        Assert.Equal($"6 of 6 equal transformers 5.18.0's.{Environment.NewLine}", terminal.Error);
    }

    [Theory]
    [InlineData("sequence", "token 3 is ")]
    [InlineData("text", "the text is \"")]
    [InlineData("first_logits", "the first logits differ (distance of first logits 0.5")]
    [InlineData("log_probabilities", "the log-probabilities differ (")]
    [InlineData("score", "the score differs (")]
    public async Task What_differs_is_told_with_its_distance_and_ends_with_1(string changed, string told)
    {
        var reference = Reference("git-base", cases: 2);
        var first = reference["cases"]![0]!.AsObject();
        switch (changed)
        {
            case "sequence":
                first["sequence"]![first["start_ids"]!.AsArray().Count + 2] = 5;
                break;
            case "text":
                first["text"] = "another text";
                break;
            case "first_logits":
                var (id, logit) = first["first_logits"]!.AsObject().First();
                first["first_logits"]![id] = (double)logit! + 0.5;
                break;
            case "log_probabilities":
                first["log_probabilities"]![1] = -0.1;
                break;
            default:
                first["score"] = 3;
                break;
        }

        using var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failure, await RunAsync(terminal, "git-base", reference));
        Assert.Contains($": different: {told}", terminal.OutLines[0], StringComparison.Ordinal);
        Assert.Contains(": equal", terminal.OutLines[1], StringComparison.Ordinal);
        Assert.Equal($"1 of 2 differ from transformers 5.18.0's.{Environment.NewLine}", terminal.Error);
    }

    [Fact]
    public async Task A_wider_tolerance_lets_more_pass()
    {
        var reference = Reference("git-base", cases: 1);
        reference["cases"]![0]!["score"] = -4.6;
        using var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failure, await RunAsync(terminal, "git-base", reference));
        Assert.Equal(ExitCode.Success, await RunAsync(terminal, "git-base", reference, static settings => settings with { Tolerance = 2 }));
    }

    [Fact]
    public async Task The_answer_as_json_has_one_object_for_each_caption()
    {
        using var terminal = new TestTerminal();
        await RunAsync(terminal, "git-base", Reference("git-base", cases: 2), static settings => settings with { Json = true });
        var told = terminal.OutLines.Select(static line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal([true, true], told.Select(static line => line.GetProperty("equal").GetBoolean()));
        Assert.InRange(told[0].GetProperty("first_logits").GetDouble(), 0, 0.001);
    }

    [Fact]
    public async Task A_prompt_that_the_model_refuses_is_a_difference_and_the_next_caption_is_compared()
    {
        var reference = Reference("vit-bert", cases: 2);
        reference["cases"]![0]!["prompt"] = "a photo of";
        using var terminal = new TestTerminal();
        Assert.Equal(ExitCode.Failure, await RunAsync(terminal, "vit-bert", reference));
        Assert.Contains("different: vit-bert takes no prompt", terminal.OutLines[0], StringComparison.Ordinal);
        Assert.Contains(": equal", terminal.OutLines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "can't be used: Could not find file")]
    [InlineData("{", "expected.json can't be used: line 1, $: ")]
    [InlineData("{}", "expected.json can't be used: it has no cases")]
    [InlineData("""{"cases": []}""", "expected.json can't be used: it has no cases")]
    [InlineData("""{"cases": [null]}""", "case 1 can't be used: it is null")]
    [InlineData("""{"cases": [{"image": "thin.png"}]}""", "expected.json can't be used: line 1, $.cases[0]: ")]
    [InlineData(
        """{"cases": [{"image": "gone.png", "sequence": [1], "text": ""}]}""",
        "case 1 can't be used: its picture gone.png is not in "
    )]
    [InlineData(
        """{"cases": [{"image": "thin.png", "start_ids": [2], "sequence": [1], "text": ""}]}""",
        "doesn't begin with its start_ids"
    )]
    [InlineData("""{"cases": [{"image": "thin.png", "options": 5, "sequence": [1], "text": ""}]}""", "case 1 can't be used: its options")]
    [InlineData("""{"cases": [{"image": "thin.png", "options": {"beams": 5}, "sequence": [1], "text": ""}]}""", "'beams'")]
    public async Task A_file_that_cannot_be_used_is_refused_before_a_model_is_loaded(string? text, string told)
    {
        string path = Path.Combine(_folder.Path, "expected.json");
        if (text is not null)
        {
            await File.WriteAllTextAsync(path, text, Cancelled);
        }

        using var terminal = new TestTerminal();
        var engine = new Engine(static (_, _, _) => throw new InvalidOperationException("loaded"));
        var settings = new ReferenceCheckSettings { Path = path, Pictures = Pictures };
        var refused = await Assert.ThrowsAsync<CommandException>(() =>
            new ReferenceCheck(engine, terminal.Terminal).RunAsync(new LocatedModel("m", "m"), settings, Cancelled)
        );
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_script_writes_what_is_read()
    {
        string script = File.ReadAllText(Path.Combine(Repository.Root, "docs", "scripts", "transformers_expected.py"));
        int start = script.IndexOf("case = {", StringComparison.Ordinal);
        string writing = script[start..script.IndexOf("cases.append", start, StringComparison.Ordinal)];
        var written = WrittenKey().Matches(writing).Select(static key => key.Groups[1].Value);
        // What is ignored has a name, too, but can't be got.
        var read = ReferenceJson.Default.ReferenceCase.Properties.Where(static property => property.Get is not null);
        Assert.Equal(read.Select(static property => property.Name).Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }

    private Task<int> RunAsync(
        TestTerminal terminal,
        string checkpoint,
        JsonObject reference,
        Func<ReferenceCheckSettings, ReferenceCheckSettings>? change = null
    )
    {
        string path = _folder.Write("expected.json", reference.ToJsonString());
        var settings = new ReferenceCheckSettings { Path = path, Pictures = Pictures };
        string folder = Fixture($"families/{checkpoint}");
        return new ReferenceCheck(Engine.Real, terminal.Terminal).RunAsync(
            new LocatedModel(checkpoint, folder),
            change?.Invoke(settings) ?? settings,
            Cancelled
        );
    }

    [GeneratedRegex("""^\s+(?:case\[)?"(\w+)"(?:: |\] = )""", RegexOptions.Multiline)]
    private static partial Regex WrittenKey();

    private static string Fixture(string name) => Path.Combine(Repository.Root, "tests", "Fixtures", name);

    // The mode "defaults" leaves the length to transformers, whose own is not the checkpoint's.
    private static JsonObject Reference(string checkpoint, int cases)
    {
        var reference = JsonNode.Parse(File.ReadAllText(Fixture($"families/{checkpoint}/expected.json")))!.AsObject();
        var compared = reference["cases"]!.AsArray().Where(static expected => (string?)expected!["mode"] is "greedy" or "beam3" or "min12");
        reference["cases"] = new JsonArray([.. compared.Take(cases).Select(static expected => expected!.DeepClone())]);
        return reference;
    }
}
