using ImageToText.Captioning;
using ImageToText.Standalone.Captions;

namespace ImageToText.Standalone.Tests.Captions;

public sealed class CaptionCommandTests
{
    [Fact]
    public void Every_option_reaches_the_engine()
    {
        var settings = Read(
            "a.jpg b.png --model org/name --prompt \"a photo of\" --num-beams 3 --max-new-tokens 30 --min-new-tokens 5 "
                + "--length-penalty -1.5 "
                + "--early-stopping never --repetition-penalty 1.2 --no-repeat-ngram-size 3 --do-sample --temperature 0.7 "
                + "--top-p 0.9 --top-k 40 --seed 12345678901 "
                + "--num-return-sequences 2 --allow-defect-words --precision int8 --provider cpu --gray --json --details"
        );

        Assert.Equal(["a.jpg", "b.png"], settings.Paths);
        Assert.Equal("org/name", settings.Model);
        Assert.Equal(Precision.Int8, settings.Precision);
        Assert.Equal(ProviderChoice.Cpu, settings.Provider);
        Assert.True(settings.Gray);
        Assert.Equal(OutputForm.Json, settings.Output);
        Assert.True(settings.Details);
        Assert.Equal(
            new CaptionOptions
            {
                Prompt = "a photo of",
                NumBeams = 3,
                MaxNewTokens = 30,
                MinNewTokens = 5,
                EarlyStopping = EarlyStopping.Never,
                LengthPenalty = -1.5f,
                RepetitionPenalty = 1.2f,
                NoRepeatNgramSize = 3,
                DoSample = true,
                Temperature = 0.7f,
                TopP = 0.9f,
                TopK = 40,
                Seed = 12345678901,
                NumReturnSequences = 2,
                SuppressDefectWords = false,
            },
            settings.Options
        );
    }

    [Fact]
    public void An_explicit_no_is_not_left_to_the_model() =>
        Assert.Equal(
            new CaptionOptions
            {
                DoSample = false,
                EarlyStopping = EarlyStopping.Heuristic,
                NoRepeatNgramSize = 0,
            },
            Read("- --do-sample false --early-stopping false --no-repeat-ngram-size 0").Options
        );

    [Fact]
    public void A_picture_may_follow_a_flag()
    {
        var settings = Read("--do-sample a.jpg --allow-defect-words b.jpg");
        Assert.Equal(["a.jpg", "b.jpg"], settings.Paths);
        Assert.Equal(new CaptionOptions { DoSample = true, SuppressDefectWords = false }, settings.Options);
    }

    [Fact]
    public void Omitted_options_are_left_to_the_model()
    {
        var settings = Read("-");
        Assert.Equal(["-"], settings.Paths);
        Assert.Equal(new CaptionOptions(), settings.Options);
        Assert.Equal((Precision.F32, ProviderChoice.Auto), (settings.Precision, settings.Provider));
        Assert.Equal(OutputForm.Text, settings.Output);
        Assert.False(settings.Details || settings.Gray);
    }

    [Theory]
    [InlineData("a.jpg --precision bf16", "bf16")]
    [InlineData("a.jpg --num-beams many", "many")]
    [InlineData("a.jpg --early-stopping soon", "soon")]
    [InlineData("a.jpg --json --csv", "--csv")]
    [InlineData("a.jpg --sidecar .doc", ".doc")]
    [InlineData("a.jpg --append", "--sidecar")]
    [InlineData("a.jpg --sidecar .txt --append --skip-existing", "--skip-existing")]
    [InlineData("a.jpg --resume", "--jsonl")]
    [InlineData("a.jpg --skip-existing", "--sidecar")]
    [InlineData("a.jpg --jsonl f --skip-existing", "--resume")]
    [InlineData("a.jpg --stock-phrases drop", "strip")]
    [InlineData("a.jpg --nonsense", "--nonsense")]
    [InlineData("", "caption")]
    public void Invalid_arguments_are_named(string line, string named)
    {
        using var terminal = new TestTerminal();
        var errors = Command(terminal).Create().Parse(line).Errors;
        Assert.Contains(errors, e => e.Message.Contains(named, StringComparison.Ordinal));
    }

    private static CaptionSettings Read(string line)
    {
        using var terminal = new TestTerminal();
        var command = Command(terminal);
        var parsed = command.Create().Parse(line);
        Assert.Empty(parsed.Errors);
        return command.Read(parsed);
    }

    private static CaptionCommand Command(TestTerminal terminal) =>
        new(new DelegateCaptioner((_, _, _) => null!).Engine, terminal.Terminal, _ => Task.FromResult(0));
}
