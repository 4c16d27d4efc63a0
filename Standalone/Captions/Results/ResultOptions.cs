using System.CommandLine;
using ImageToText.Standalone.PictureFiles;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Captions.Results;

/// <summary>The options of 'caption' that say where captions go and how they are worded.</summary>
internal sealed class ResultOptions
{
    private readonly Option<bool> _json = new("--json") { Description = "Write one JSON object per picture, one per line." };
    private readonly Option<bool> _csv = new("--csv") { Description = "Write comma-separated values: path and text." };
    private readonly Option<bool> _details = new("--details")
    {
        Description = "Also write confidence, token ids, probabilities, picture and timings.",
    };
    private readonly Option<string?> _sidecar = new("--sidecar")
    {
        HelpName = ".txt|.caption",
        Description = "Write each caption into a text file beside its picture: a.png, a.txt.",
        CustomParser = static result =>
        {
            string ending = result.Tokens.Single().Value;
            if (ending is ".txt" or ".caption")
            {
                return ending;
            }

            result.AddError($"--sidecar is '{ending}': give .txt or .caption.");
            return null;
        },
    };
    private readonly Option<bool> _append = new("--append")
    {
        Description = "With --sidecar: append the caption to the text file, after a comma.",
    };
    private readonly Option<bool> _xmp = new("--xmp")
    {
        Description = "Write each caption as the description in an XMP file beside its picture: a.png, a.png.xmp.",
    };
    private readonly Option<string?> _jsonLines = new("--jsonl")
    {
        HelpName = "FILE",
        Description = "Write one JSON object per picture to this file.",
    };
    private readonly Option<bool> _skipExisting = new("--skip-existing")
    {
        Description = "With --sidecar or --xmp: skip pictures that already have their text.",
    };
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "With --jsonl: continue the file and skip the pictures in it.",
    };
    private readonly Option<string?> _prefix = new("--prefix") { HelpName = "TEXT", Description = "Put this text before every caption." };
    private readonly Option<string?> _suffix = new("--suffix") { HelpName = "TEXT", Description = "Put this text after every caption." };
    private readonly Option<StockPhrases> _stockPhrases = CommandLineOptions.Choice<StockPhrases>(
        "--stock-phrases",
        "Keep or strip phrases such as 'a picture of' and 'there is' at the start of a caption. Default: keep."
    );
    private readonly Option<bool> _sentence = new("--sentence")
    {
        Description = "Start each caption with a capital letter and end it with a full stop, as in alt text.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        Option[] all =
        [
            _json,
            _csv,
            _details,
            _sidecar,
            _append,
            _xmp,
            _jsonLines,
            _skipExisting,
            _resume,
            _prefix,
            _suffix,
            _stockPhrases,
            _sentence,
        ];
        foreach (var option in all)
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            bool Given(Option option) => result.GetResult(option) is { Implicit: false };
            Refuse(Given(_json) && Given(_csv), "--json and --csv can't be combined.");
            Refuse(Given(_csv) && Given(_details), "CSV has no room for --details. Use --json.");
            Refuse(Given(_append) && !Given(_sidecar), "--append requires --sidecar.");
            Refuse(Given(_append) && Given(_skipExisting), "--append and --skip-existing can't be combined: one adds, the other skips.");
            Refuse(Given(_resume) && !Given(_jsonLines), "--resume requires --jsonl.");
            Refuse(
                Given(_skipExisting) && !Given(_sidecar) && !Given(_xmp),
                Given(_jsonLines) ? "With --jsonl, --resume skips what is done." : "--skip-existing requires --sidecar or --xmp."
            );

            void Refuse(bool refused, string why)
            {
                if (refused)
                {
                    result.AddError(why);
                }
            }
        });
    }

    /// <summary>Reads the parsed options.</summary>
    public CaptionSettings Read(ParseResult parsed, CaptionSettings settings)
    {
        var results = new ResultSettings
        {
            Sidecar = parsed.GetValue(_sidecar),
            Append = parsed.GetValue(_append),
            Xmp = parsed.GetValue(_xmp),
            JsonLines = parsed.GetValue(_jsonLines),
            SkipExisting = parsed.GetValue(_skipExisting),
            Resume = parsed.GetValue(_resume),
        };
        return settings with
        {
            Output =
                parsed.GetValue(_json) ? OutputForm.Json
                : parsed.GetValue(_csv) ? OutputForm.Csv
                : results.WritesFiles ? OutputForm.None
                : OutputForm.Text,
            Details = parsed.GetValue(_details),
            Wording = new CaptionWording
            {
                StockPhrases = parsed.GetValue(_stockPhrases),
                Sentence = parsed.GetValue(_sentence),
                Prefix = parsed.GetValue(_prefix) ?? "",
                Suffix = parsed.GetValue(_suffix) ?? "",
            },
            Results = results,
        };
    }

    /// <summary>Refuses a sidecar for a picture that is not on disk.</summary>
    public static string? Refusal(CaptionSettings settings) =>
        settings.Paths.Contains(PicturePaths.Input) && (settings.Results.Sidecar is not null || settings.Results.Xmp)
            ? "A picture from standard input has no folder for a file beside it. Name a file, or use --jsonl."
            : null;
}
