using System.Globalization;
using System.Text.Json.Nodes;
using ImageToText.Captioning;
using ImageToText.Contracts;
using ImageToText.ImageHeaders;
using ImageToText.InferenceService.Errors;

namespace ImageToText.InferenceService.Captions;

/// <summary>Fields of the form are invalid.</summary>
internal sealed class CaptionFormException(IReadOnlyList<NodeFieldError> fields)
    : NodeRefusalException(
        new NodeRefusal(
            StatusCodes.Status422UnprocessableEntity,
            string.Join(" ", fields.Select(field => $"{string.Join('.', field.Loc)}: {field.Msg}.")),
            Fields: fields
        )
    );

/// <summary>
/// The text fields of POST /image-to-text. Messages and error types are those of Livepeer's AI runner (pydantic).
/// </summary>
internal sealed class NodeCaptionForm
{
    private const string NotInteger = "Input should be a valid integer, unable to parse string as an integer";
    private const string NotBoolean = "Input should be a valid boolean, unable to interpret input";

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
        Options = OptionsOf(fields) with
        {
            CapsNewTokens = Flag(fields, CaptionFields.CapsNewTokens) ?? false,
            MaxLength = Positive(fields, CaptionFields.MaxLength),
            MinLength = Positive(fields, CaptionFields.MinLength),
        };
        if (_faults.Count > 0)
        {
            throw new CaptionFormException(_faults);
        }
    }

    /// <summary>The model; null: the default.</summary>
    public string? ModelId { get; }

    /// <summary>Whether to answer piece by piece.</summary>
    public bool Stream { get; }

    /// <summary>Whether to answer with all details.</summary>
    public bool Details { get; }

    /// <summary>The width by which the picture was priced.</summary>
    public int? ExpectedWidth { get; }

    /// <summary>The height by which the picture was priced.</summary>
    public int? ExpectedHeight { get; }

    /// <summary>The options of the caption.</summary>
    public CaptionOptions Options { get; }

    /// <summary>Reads the fields.</summary>
    /// <exception cref="CaptionFormException">Some are invalid; all of them are reported.</exception>
    public static NodeCaptionForm Parse(IReadOnlyDictionary<string, string> fields, bool hasImage) => new(fields, hasImage);

    /// <summary>
    /// Refuses a picture whose header shows another size than the one it was priced by, before a model is asked for.
    /// </summary>
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
    /// Refuses a picture of another size than the one it was priced by. Swapped sides have the same number of pixels: a rotation
    /// that comes after the pixels in the file is invisible to someone who reads only the header.
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

    /// <summary>As in the runner, an empty field counts as not sent.</summary>
    private static string? Text(IReadOnlyDictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out string? text) && text.Length > 0 ? text : null;

    // Ranges are the engine's to check: some depend on the model.
    private CaptionOptions OptionsOf(IReadOnlyDictionary<string, string> fields)
    {
        var values = new JsonObject();
        foreach (var option in CaptionOptionTable.All)
        {
            if (Text(fields, option.Name) is not { } text)
            {
                continue;
            }

            var fault = option.Read(text, out var value);
            if (value is null)
            {
                Fault(option, fault);
            }
            else
            {
                values[option.Name] = value;
            }
        }

        return CaptionOptions.Read(values);
    }

    private int? Positive(IReadOnlyDictionary<string, string> fields, string name)
    {
        if (Text(fields, name) is not { } text)
        {
            return null;
        }

        if (!int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value))
        {
            Fault(name, NotInteger, "int_parsing");
        }
        else if (value <= 0)
        {
            Fault(name, "Input should be greater than 0", "greater_than");
        }
        else
        {
            return value;
        }

        return null;
    }

    private bool? Flag(IReadOnlyDictionary<string, string> fields, string name)
    {
        if (Text(fields, name) is not { } text)
        {
            return null;
        }

        if (CaptionOption.TryReadBoolean(text, out bool flag))
        {
            return flag;
        }

        Fault(name, NotBoolean, "bool_parsing");
        return null;
    }

    private void Fault(CaptionOption option, CaptionOptionFault fault)
    {
        (string message, string type) = (fault, option.Kind) switch
        {
            (CaptionOptionFault.TooLarge, _) => ($"Input should be between {int.MinValue} and {int.MaxValue}", "int_parsing_size"),
            (CaptionOptionFault.NotFinite, _) => ("Input should be a finite number", "finite_number"),
            (_, CaptionOptionKind.Number) => ("Input should be a valid number, unable to parse string as a number", "float_parsing"),
            (_, CaptionOptionKind.Boolean) => (NotBoolean, "bool_parsing"),
            (_, CaptionOptionKind.Choice or CaptionOptionKind.Colour) => ($"Input should be {option.Expected}", "literal_error"),
            _ => (NotInteger, "int_parsing"),
        };
        Fault(option.Name, message, type);
    }

    private void Fault(string name, string message, string type) => _faults.Add(new NodeFieldError(["body", name], message, type));
}
