using System.Globalization;
using System.Text;
using CsvHelper;
using ImageToText.Captioning;
using ImageToText.Standalone.Captions.Results;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Captions;

/// <summary>The form of captions on standard output.</summary>
internal enum OutputForm
{
    /// <summary>Lines of text.</summary>
    Text,

    /// <summary>One JSON object per line.</summary>
    Json,

    /// <summary>Comma-separated values (RFC 4180) with a line of headings.</summary>
    Csv,

    /// <summary>Nothing: captions go to files.</summary>
    None,
}

/// <summary>Writes captions to standard output.</summary>
/// <param name="terminal">Where to write.</param>
/// <param name="form">The form of the output.</param>
/// <param name="wording">The wording of captions.</param>
/// <param name="details">Whether to include details.</param>
/// <param name="showPaths">Whether each line of text starts with the picture's path.</param>
internal sealed class CaptionOutput(Terminal terminal, OutputForm form, CaptionWording wording, bool details, bool showPaths)
{
    private bool _hasHeadings;

    public void Write(string path, Caption caption)
    {
        switch (form)
        {
            case OutputForm.Json:
                // This bypasses the screen, which would break long lines.
                terminal.Out.WriteLine(
                    Encoding.UTF8.GetString(CaptionLine.Serialize(path, wording.Apply(caption.Sequences[0]), caption, details))
                );
                break;
            case OutputForm.Csv:
                WriteCsv(path, caption);
                break;
            case OutputForm.Text:
                WriteText(path, caption);
                break;
            case OutputForm.None:
            default:
                break;
        }
    }

    private void WriteText(string path, Caption caption)
    {
        string prefix = showPaths ? Printable(path) + ": " : "";
        foreach (var sequence in caption.Sequences)
        {
            foreach (string line in wording.Apply(sequence).Split('\n'))
            {
                terminal.WriteLine(prefix + line);
            }
        }

        if (details)
        {
            WriteDetails(caption);
        }
    }

    private void WriteCsv(string path, Caption caption)
    {
        // A spreadsheet would run anything that begins like a formula, and a model that reads text writes whatever it reads.
        using var csv = CsvWriter.Create(terminal.Out, new() { Injection = CsvInjection.Escape }, leaveOpen: true);
        if (!_hasHeadings)
        {
            _hasHeadings = true;
            csv.WriteRecord((string[])["path", "text"]);
        }

        csv.WriteRecord((string[])[path, wording.Apply(caption.Text)]);
    }

    private void WriteDetails(Caption caption)
    {
        var invariant = CultureInfo.InvariantCulture;
        Line(
            string.Create(
                invariant,
                $"confidence {caption.Confidence:0.###}, model {caption.ModelId}, {caption.Image.Format} of "
                    + $"{caption.Image.Width} x {caption.Image.Height}"
            )
        );
        var t = caption.Timings;
        Line(
            $"queue {Ms(t.Queue)}, decode {Ms(t.Decode)}, preprocess {Ms(t.Preprocess)}, encode {Ms(t.Encode)}, generate {Ms(t.Generate)}"
        );
        foreach (var sequence in caption.Sequences)
        {
            string ending = sequence.FinishReason == FinishReason.Stop ? "finished" : "cut at the token limit";
            Line(string.Create(invariant, $"score {sequence.Score:0.###}, {ending}, tokens {string.Join(' ', sequence.TokenIds)}"));
        }

        void Line(string text) => terminal.WriteLine("  " + text);
        string Ms(TimeSpan time) => time.TotalMilliseconds.ToString("0.# ms", invariant);
    }

    /// <summary>Returns a path on one line. A line break in a name is shown escaped.</summary>
    public static string Printable(string path) =>
        path.Any(char.IsControl) ? string.Concat(path.Select(static c => char.IsControl(c) ? $"\\x{(int)c:x2}" : c.ToString())) : path;
}
