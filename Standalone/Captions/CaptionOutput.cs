using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.InferenceService.Captions;
using ImageToText.Standalone.Terminals;

namespace ImageToText.Standalone.Captions;

/// <summary>Writes captions as lines of text, or as one JSON object per line.</summary>
/// <param name="terminal">Where to.</param>
/// <param name="settings">In which form.</param>
/// <param name="showPaths">Whether each line of text starts with its picture's path.</param>
internal sealed class CaptionOutput(Terminal terminal, CaptionSettings settings, bool showPaths)
{
    private static readonly CaptionLineJson Json = new(
        new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            // Paths and captions stay readable; no browser reads these lines.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    public void Write(string path, Caption caption)
    {
        if (settings.Json)
        {
            var line = new CaptionLine
            {
                Path = path,
                Text = caption.Text,
                ModelId = caption.ModelId,
                Details = settings.Details ? CaptionAnswers.ToDetails(caption) : null,
            };
            // Never through the screen: it would break long lines.
            terminal.Out.WriteLine(JsonSerializer.Serialize(line, Json.CaptionLine));
            return;
        }

        string prefix = showPaths ? path + ": " : "";
        foreach (var sequence in caption.Sequences)
        {
            terminal.WriteLine(prefix + sequence.Text);
        }

        if (settings.Details)
        {
            WriteDetails(caption);
        }
    }

    private void WriteDetails(Caption caption)
    {
        Line(
            $"confidence {caption.Confidence:0.###}, model {caption.ModelId}, {caption.Image.Format} of {caption.Image.Width} x {caption.Image.Height}"
        );
        var t = caption.Timings;
        Line(
            $"queue {Ms(t.Queue)}, decode {Ms(t.Decode)}, preprocess {Ms(t.Preprocess)}, encode {Ms(t.Encode)}, generate {Ms(t.Generate)}"
        );
        foreach (var sequence in caption.Sequences)
        {
            Line(
                $"score {sequence.Score:0.###}, {(sequence.FinishReason == FinishReason.Stop ? "finished" : "cut at the token limit")}, tokens {string.Join(' ', sequence.TokenIds)}"
            );
        }

        void Line(FormattableString text) => terminal.WriteLine("  " + text.ToString(CultureInfo.InvariantCulture));
        static string Ms(TimeSpan time) => time.TotalMilliseconds.ToString("0.# ms", CultureInfo.InvariantCulture);
    }
}

/// <summary>A line of 'caption --json': the node's answer and the picture's path.</summary>
internal sealed record CaptionLine
{
    public required string Path { get; init; }

    public required string Text { get; init; }

    public required string ModelId { get; init; }

    public CaptionDetails? Details { get; init; }
}

[JsonSerializable(typeof(CaptionLine))]
internal sealed partial class CaptionLineJson : JsonSerializerContext;
