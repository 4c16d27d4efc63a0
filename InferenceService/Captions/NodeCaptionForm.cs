using System.Globalization;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.ImageHeaders;

namespace ImageToText.InferenceService.Captions;

/// <summary>Fields of the form can't be used.</summary>
internal sealed class CaptionFormException(IReadOnlyList<NodeFieldError> fields)
    : Exception(string.Join(" ", fields.Select(field => $"{string.Join('.', field.Loc)}: {field.Msg}.")))
{
    public IReadOnlyList<NodeFieldError> Fields { get; } = fields;
}

/// <summary>The text fields of POST /image-to-text. Messages and types of faults are those of Livepeer's AI runner (pydantic).</summary>
internal sealed class NodeCaptionForm
{
    private readonly List<NodeFieldError> _faults = [];

    private NodeCaptionForm(IReadOnlyDictionary<string, string> fields, bool hasImage)
    {
        if (!hasImage)
        {
            Fault("image", "Field required", "missing");
        }

        ModelId = Text(fields, "model_id");
        Stream = Flag(fields, "stream") ?? false;
        Details = Flag(fields, "details") ?? false;
        ExpectedWidth = Positive(fields, "expected_width");
        ExpectedHeight = Positive(fields, "expected_height");
        Options = new CaptionOptions
        {
            Prompt = Text(fields, "prompt"),
            NumBeams = Integer(fields, "num_beams"),
            MaxNewTokens = Integer(fields, "max_new_tokens"),
            MinNewTokens = Integer(fields, "min_new_tokens"),
            LengthPenalty = Number(fields, "length_penalty"),
            EarlyStopping = EarlyStoppingOf(fields, "early_stopping"),
            RepetitionPenalty = Number(fields, "repetition_penalty"),
            NoRepeatNgramSize = Integer(fields, "no_repeat_ngram_size"),
            DoSample = Flag(fields, "do_sample"),
            Temperature = Number(fields, "temperature"),
            TopP = Number(fields, "top_p"),
            TopK = Integer(fields, "top_k"),
            Seed = Long(fields, "seed"),
            NumReturnSequences = Integer(fields, "num_return_sequences"),
            SuppressDefectWords = Flag(fields, "suppress_defect_words"),
        };
        if (_faults.Count > 0)
        {
            throw new CaptionFormException(_faults);
        }
    }

    /// <summary>The model; null: the default one.</summary>
    public string? ModelId { get; }

    /// <summary>Answer piece by piece.</summary>
    public bool Stream { get; }

    /// <summary>Answer with all that is known.</summary>
    public bool Details { get; }

    /// <summary>The width that the picture was priced by.</summary>
    public int? ExpectedWidth { get; }

    /// <summary>The height that the picture was priced by.</summary>
    public int? ExpectedHeight { get; }

    /// <summary>What is asked of the caption.</summary>
    public CaptionOptions Options { get; }

    /// <summary>Reads the fields.</summary>
    /// <exception cref="CaptionFormException">Some can't be used; all of them are told.</exception>
    public static NodeCaptionForm Parse(IReadOnlyDictionary<string, string> fields, bool hasImage) => new(fields, hasImage);

    /// <summary>Refuses a picture whose header tells another size than it was priced by, before a model is asked for it.</summary>
    /// <exception cref="CaptionFormException">The size differs.</exception>
    public void CheckHeader(ReadOnlySpan<byte> image)
    {
        if (ExpectedWidth is null && ExpectedHeight is null)
        {
            return;
        }

        var result = ImageHeaderReader.Read(image, isComplete: true);
        if (result.Status is ImageHeaderStatus.Found)
        {
            CheckSize(result.Header.Width, result.Header.Height);
        }
    }

    /// <summary>
    /// Refuses a picture of another size than it was priced by. Lying on its side it has as many pixels: a rotation that stands behind
    /// them in the file is not seen by who reads the header alone.
    /// </summary>
    /// <exception cref="CaptionFormException">The size differs.</exception>
    public void CheckSize(int width, int height)
    {
        if ((ExpectedWidth, ExpectedHeight) == (height, width))
        {
            return;
        }

        if (ExpectedWidth is { } expectedWidth && expectedWidth != width)
        {
            Fault("expected_width", $"The picture is {width} pixels wide, not {expectedWidth}", "size_mismatch");
        }

        if (ExpectedHeight is { } expectedHeight && expectedHeight != height)
        {
            Fault("expected_height", $"The picture is {height} pixels high, not {expectedHeight}", "size_mismatch");
        }

        if (_faults.Count > 0)
        {
            throw new CaptionFormException(_faults);
        }
    }

    /// <summary>A field that came empty counts as not sent, as it does for the runner.</summary>
    private static string? Text(IReadOnlyDictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out string? text) && text.Length > 0 ? text : null;

    private int? Integer(IReadOnlyDictionary<string, string> fields, string name)
    {
        if (Long(fields, name) is not { } value)
        {
            return null;
        }

        if (value is >= int.MinValue and <= int.MaxValue)
        {
            return (int)value;
        }

        Fault(name, $"Input should be between {int.MinValue} and {int.MaxValue}", "int_parsing_size");
        return null;
    }

    private int? Positive(IReadOnlyDictionary<string, string> fields, string name)
    {
        if (Integer(fields, name) is not { } value)
        {
            return null;
        }

        if (value > 0)
        {
            return value;
        }

        Fault(name, "Input should be greater than 0", "greater_than");
        return null;
    }

    private long? Long(IReadOnlyDictionary<string, string> fields, string name)
    {
        if (Text(fields, name) is not { } text)
        {
            return null;
        }

        if (
            long.TryParse(
                text,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture,
                out long value
            )
        )
        {
            return value;
        }

        Fault(name, "Input should be a valid integer, unable to parse string as an integer", "int_parsing");
        return null;
    }

    private float? Number(IReadOnlyDictionary<string, string> fields, string name)
    {
        if (Text(fields, name) is not { } text)
        {
            return null;
        }

        if (!float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float value))
        {
            Fault(name, "Input should be a valid number, unable to parse string as a number", "float_parsing");
        }
        else if (!float.IsFinite(value))
        {
            Fault(name, "Input should be a finite number", "finite_number");
        }
        else
        {
            return value;
        }

        return null;
    }

    private EarlyStopping? EarlyStoppingOf(IReadOnlyDictionary<string, string> fields, string name)
    {
        if (string.Equals(Text(fields, name), "never", StringComparison.OrdinalIgnoreCase))
        {
            return EarlyStopping.Never;
        }

        return Flag(fields, name) is { } flag ? (flag ? EarlyStopping.WhenFull : EarlyStopping.Heuristic) : null;
    }

    private bool? Flag(IReadOnlyDictionary<string, string> fields, string name)
    {
        switch (Text(fields, name)?.ToUpperInvariant())
        {
            case null:
                return null;
            case "TRUE" or "1" or "YES" or "ON" or "T" or "Y":
                return true;
            case "FALSE" or "0" or "NO" or "OFF" or "F" or "N":
                return false;
            default:
                Fault(name, "Input should be a valid boolean, unable to interpret input", "bool_parsing");
                return null;
        }
    }

    private void Fault(string name, string message, string type) => _faults.Add(new NodeFieldError(["body", name], message, type));
}
