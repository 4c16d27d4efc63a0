using System.CommandLine;
using System.CommandLine.Parsing;
using ImageToText.Captioning;
using ImageToText.Standalone.Captions.Results;
using ImageToText.Standalone.Models;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Captions;

/// <summary>caption PATH...: its arguments and options.</summary>
internal sealed class CaptionCommand(Engine engine, Terminal terminal, CommandRunner run)
{
    private readonly Argument<string[]> _paths = new("PATH")
    {
        Description = "Pictures: files, folders (with all below), globs such as 'photos/**/*.jpg', or - for standard input.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _model = ModelOptions.Model();
    private readonly Option<Precision> _precision = ModelOptions.Precision();
    private readonly Option<bool> _gray = new("--gray")
    {
        Description = "Take the colours out of pictures first, as is usual with models that read manga.",
    };
    private readonly Option<ProviderChoice> _provider = ModelOptions.Provider();
    private readonly Option<string?> _prompt = Of<string?>("--prompt", "TEXT", "Text that the caption must start with.");
    private readonly Option<int?> _numBeams = Of<int?>("--num-beams", "N", "Beams searched side by side, 1 to 16.");
    private readonly Option<int?> _maxNewTokens = Of<int?>(
        "--max-new-tokens",
        "N",
        "The most tokens to generate. Default: 50, unless the model says otherwise."
    );
    private readonly Option<int?> _minNewTokens = Of<int?>("--min-new-tokens", "N", "The fewest tokens to generate.");
    private readonly Option<float?> _lengthPenalty = Of<float?>(
        "--length-penalty",
        "X",
        "Exponent of the length by which a beam's score is divided."
    );
    private readonly Option<EarlyStopping?> _earlyStopping = new("--early-stopping")
    {
        HelpName = "true|false|never",
        Description = "When a search with several beams ends: true as soon as it has enough captions, never when none can get better.",
        CustomParser = ReadEarlyStopping,
    };

    private readonly Option<float?> _repetitionPenalty = Of<float?>(
        "--repetition-penalty",
        "X",
        "Above 1: words that stand already become less likely."
    );
    private readonly Option<int?> _noRepeatNgramSize = Of<int?>("--no-repeat-ngram-size", "N", "No run of this many tokens stands twice.");
    private readonly Option<bool?> _doSample = new("--do-sample")
    {
        HelpName = "true|false",
        Description = "Draw words at random instead of taking the likeliest; false: not even where the model would.",
    };

    private readonly Option<float?> _temperature = Of<float?>(
        "--temperature",
        "X",
        "With --do-sample: below 1 more likely words, above 1 more surprising ones."
    );
    private readonly Option<float?> _topP = Of<float?>(
        "--top-p",
        "X",
        "With --do-sample: draw among the likeliest tokens that reach this probability together."
    );
    private readonly Option<int?> _topK = Of<int?>("--top-k", "N", "With --do-sample: draw among this many likeliest tokens.");
    private readonly Option<long?> _seed = Of<long?>("--seed", "N", "With --do-sample: makes captions repeatable.");
    private readonly Option<int?> _numReturnSequences = Of<int?>("--num-return-sequences", "N", "Captions for each picture, best first.");
    private readonly Option<bool> _allowDefectWords = new("--allow-defect-words")
    {
        Description = "Do not suppress nonsense words that a model's family is known to write ('arafed').",
    };
    private readonly ResultOptions _results = new();

    public Command Create()
    {
        var command = new Command("caption", "Writes captions of pictures, in the order given.")
        {
            _paths.FilesOnly(),
            _model,
            _prompt,
            _numBeams,
            _maxNewTokens,
            _minNewTokens,
            _lengthPenalty,
            _earlyStopping,
            _repetitionPenalty,
            _noRepeatNgramSize,
            _doSample,
            _temperature,
            _topP,
            _topK,
            _seed,
            _numReturnSequences,
            _allowDefectWords,
            _precision,
            _gray,
            _provider,
        };
        _results.AddTo(command);
        command.SetAction(
            (parsed, _) =>
                run(cancellationToken => new CaptionRun(engine, terminal, Read(parsed), TimeProvider.System).RunAsync(cancellationToken))
        );
        return command;
    }

    public CaptionSettings Read(ParseResult parsed) =>
        _results.Read(
            parsed,
            new CaptionSettings
            {
                Paths = parsed.GetRequiredValue(_paths),
                Model = parsed.GetValue(_model),
                Precision = parsed.GetValue(_precision),
                Gray = parsed.GetValue(_gray),
                Provider = parsed.GetValue(_provider),
                Options = new CaptionOptions
                {
                    Prompt = parsed.GetValue(_prompt),
                    NumBeams = parsed.GetValue(_numBeams),
                    MaxNewTokens = parsed.GetValue(_maxNewTokens),
                    MinNewTokens = parsed.GetValue(_minNewTokens),
                    LengthPenalty = parsed.GetValue(_lengthPenalty),
                    EarlyStopping = parsed.GetValue(_earlyStopping),
                    RepetitionPenalty = parsed.GetValue(_repetitionPenalty),
                    NoRepeatNgramSize = parsed.GetValue(_noRepeatNgramSize),
                    DoSample = parsed.GetValue(_doSample),
                    Temperature = parsed.GetValue(_temperature),
                    TopP = parsed.GetValue(_topP),
                    TopK = parsed.GetValue(_topK),
                    Seed = parsed.GetValue(_seed),
                    NumReturnSequences = parsed.GetValue(_numReturnSequences),
                    SuppressDefectWords = parsed.GetValue(_allowDefectWords) ? false : null,
                },
            }
        );

    private static EarlyStopping? ReadEarlyStopping(ArgumentResult argument)
    {
        switch (argument.Tokens.Single().Value)
        {
            case "true":
                return EarlyStopping.WhenFull;
            case "false":
                return EarlyStopping.Heuristic;
            case "never":
                return EarlyStopping.Never;
            default:
                argument.AddError($"--early-stopping is {argument.Tokens.Single().Value}; true, false or never is expected.");
                return null;
        }
    }

    private static Option<T> Of<T>(string name, string valueName, string description) =>
        new(name) { HelpName = valueName, Description = description };
}
