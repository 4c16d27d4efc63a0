using System.Text.Json;

namespace ImageToText.Standalone.Tests.Processes;

public sealed class CaptionProcessTests
{
    private static readonly string Cat = Path.Combine(StandaloneProcess.Samples, "cat.png");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_picture_prints_its_caption_and_nothing_else()
    {
        var ended = await RunAsync("caption", Cat);
        Assert.Equal(0, ended.Code);
        Assert.Matches("^[a-z ,'-]+\n$", ended.Out);
        Assert.Contains("cat", ended.Out, StringComparison.Ordinal);
        Assert.Equal("", ended.Error);
    }

    [Fact]
    public async Task Standard_input_gives_the_same_caption_as_the_file()
    {
        var file = await RunAsync("caption", Cat);
        var piped = await StandaloneProcess.RunAsync(
            ["caption", "-"],
            input: await File.ReadAllBytesAsync(Cat, Cancelled),
            cancellationToken: Cancelled
        );
        Assert.Equal(file.Out, piped.Out);
    }

    [Fact]
    public async Task A_bad_file_fails_the_run_but_no_other_file()
    {
        using var folder = new TemporaryFolder();
        string bad = folder.Write("bad.jpg", "this is no picture");
        var ended = await RunAsync("caption", bad, Cat, Path.Combine(folder.Path, "none.png"));
        Assert.Equal(1, ended.Code);
        Assert.StartsWith(Cat + ": ", Assert.Single(ended.OutLines), StringComparison.Ordinal);
        Assert.Contains(bad + ": ", ended.Error, StringComparison.Ordinal);
        Assert.Contains("none.png: no such file or folder", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_lines_have_the_documented_shape_and_the_order_of_the_files()
    {
        var ended = await RunAsync(
            "caption",
            StandaloneProcess.Samples,
            "--json",
            "--details",
            "--num-beams",
            "3",
            "--num-return-sequences",
            "2"
        );
        Assert.Equal(0, ended.Code);
        var pictures = Directory
            .EnumerateFiles(StandaloneProcess.Samples, "*", SearchOption.AllDirectories)
            .Where(static file => !file.EndsWith(".md", StringComparison.Ordinal));
        Assert.Equal(pictures.Count(), ended.OutLines.Length);
        var paths = new List<string>();
        foreach (string line in ended.OutLines)
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            Assert.Equal(["path", "text", "model_id", "details"], Names(root));
            Assert.Equal("starter", root.GetProperty("model_id").GetString());
            paths.Add(root.GetProperty("path").GetString()!);
            var details = root.GetProperty("details");
            Assert.Equal(["sequences", "confidence", "image", "timings"], Names(details));
            Assert.Equal(["queue", "decode", "preprocess", "encode", "generate"], Names(details.GetProperty("timings")));
            Assert.Equal(["width", "height", "format"], Names(details.GetProperty("image")));
            Assert.InRange(details.GetProperty("confidence").GetDouble(), double.Epsilon, 1);
            var sequences = details.GetProperty("sequences").EnumerateArray().ToArray();
            Assert.Equal(2, sequences.Length);
            Assert.Equal(root.GetProperty("text").GetString(), sequences[0].GetProperty("text").GetString());
            Assert.All(
                sequences,
                s => Assert.Equal(["text", "token_ids", "log_probabilities", "pieces", "score", "finish_reason"], Names(s))
            );
            Assert.True(sequences[0].GetProperty("score").GetDouble() >= sequences[1].GetProperty("score").GetDouble());
        }

        Assert.Equal(paths.Order(StringComparer.Ordinal), paths);
    }

    [Fact]
    public async Task A_prompt_begins_the_caption()
    {
        var ended = await RunAsync("caption", Cat, "--prompt", "a close up of");
        Assert.StartsWith("a close up of", ended.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--num-beams 99", "--num-beams")]
    [InlineData("--num-beams x", "--num-beams")]
    [InlineData("--precision q4", "q4")]
    [InlineData("--temprature 1", "--temprature")]
    public async Task A_wrong_option_is_named_and_ends_with_2(string options, string named)
    {
        var ended = await RunAsync(["caption", Cat, .. options.Split(' ')]);
        Assert.Equal(2, ended.Code);
        Assert.Equal("", ended.Out);
        Assert.Contains(named, ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no/such", "models pull no/such")]
    [InlineData("nonsense", "'nonsense' is neither")]
    public async Task A_missing_model_says_how_to_get_it(string model, string message)
    {
        var ended = await RunAsync("caption", Cat, "--model", model);
        Assert.Equal(1, ended.Code);
        Assert.Contains(message, ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ctrl_C_ends_it_with_130()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "kill sends no signals there");
        using var process = StandaloneProcess.Start(["caption", Cat, "-"]);
        // The first caption shows that it runs. Standard input stays open, so it would wait forever.
        Assert.StartsWith(Cat, await process.Out.ReadLineAsync(Cancelled), StringComparison.Ordinal);
        process.Signal("INT");
        var ended = await process.EndAsync(Cancelled);
        Assert.Equal(130, ended.Code);
        Assert.Contains("Interrupted.", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preview_is_a_PNG_of_the_requested_size()
    {
        using var folder = new TemporaryFolder();
        string png = Path.Combine(folder.Path, "preview.png");
        var ended = await RunAsync("preview", Cat, "--size", "96", "--output", png);
        Assert.Equal((0, ""), (ended.Code, ended.Out));
        byte[] bytes = await File.ReadAllBytesAsync(png, Cancelled);
        Assert.Equal((96, 96), (ReadInt(bytes, 16), ReadInt(bytes, 20)));
        // Bit depth 8, colour type 2: RGB.
        Assert.Equal((8, 2), (bytes[24], bytes[25]));

        static int ReadInt(byte[] bytes, int at) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
    }

    private static Task<ProcessResult> RunAsync(params string[] arguments) =>
        StandaloneProcess.RunAsync(arguments, cancellationToken: Cancelled);

    private static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(p => p.Name);
}
