using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.OpenAi;

/// <summary>What a chat completion's body asks for, all told.</summary>
internal sealed record ChatAsk
{
    /// <summary>The model; null: the default.</summary>
    public string? Model { get; init; }

    /// <summary>The number of captions.</summary>
    public int Count { get; private init; }

    /// <summary>Whether to stream.</summary>
    public bool Stream { get; private init; }

    /// <summary>Whether the last piece includes the token counts.</summary>
    public bool IncludeUsage { get; private init; }

    /// <summary>Picture and question.</summary>
    public ChatMessages Messages { get; private init; }

    /// <summary>How to write captions as JSON; null: as plain text.</summary>
    public JsonCaption? Format { get; private init; }

    /// <summary>The most to pay, in USD per pixel; null: no limit.</summary>
    public decimal? MaxPricePerPixel { get; private init; }

    /// <summary>Prompt and options.</summary>
    public required CaptionParameters Parameters { get; init; }

    /// <summary>Reads a body.</summary>
    /// <exception cref="RefusalException">400 or 422.</exception>
    public static ChatAsk Read(JsonElement root, ChatForm form)
    {
        bool stream = CaptionParameters.ReadBoolean("stream", Scalar(root, "stream"));
        var options = JsonUpload.Member(root, "stream_options");
        if (options.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object))
        {
            throw Refusals.InvalidOption("stream_options", "'stream_options' must be an object.");
        }

        int count = form.HasCount ? CountOf(root) : 1;
        return new ChatAsk
        {
            Model = Scalar(root, "model") is { } model && !string.IsNullOrWhiteSpace(model) ? model.Trim() : null,
            Count = count,
            Stream = stream,
            IncludeUsage =
                options.ValueKind == JsonValueKind.Object
                && CaptionParameters.ReadBoolean("include_usage", Scalar(options, "include_usage")),
            Messages = ChatMessages.Read(JsonUpload.Member(root, form.Messages), form.Messages),
            Format = form.HoldsFormat ? FormatOf(JsonUpload.Member(root, "text"), "format") : FormatOf(root, "response_format"),
            MaxPricePerPixel = CaptionParameters.ReadPrice("max_price_per_pixel", Scalar(root, "max_price_per_pixel")),
            Parameters = ParametersOf(root, form, count),
        };
    }

    // What the user says to the model is no prompt yet: whether the model can use it is found out with the model.
    private static CaptionParameters ParametersOf(JsonElement root, ChatForm form, int count)
    {
        bool isDrawn = IsDrawn(root);
        string? cap = CapOf(root, form);
        var parameters = CaptionParameters.Read(option =>
            option == CaptionOptionTable.Prompt ? Named(root, option.OpenAiNames)
            : option == CaptionOptionTable.MaxNewTokens ? Scalar(root, option.Name) ?? cap
            : option == CaptionOptionTable.NumReturnSequences ? (count > 1 ? Text(count) : null)
            // Without sampling, several captions need several beams.
            : option == CaptionOptionTable.NumBeams ? Scalar(root, option.Name) ?? (count > 1 && !isDrawn ? Text(count) : null)
            // A low temperature asks for the likeliest words, whatever the model's default is.
            : option == CaptionOptionTable.DoSample
                ? Scalar(root, option.Name)
                    ?? (
                        isDrawn ? "true"
                        : Scalar(root, CaptionOptionTable.Temperature.Name) is null ? null
                        : "false"
                    )
            // A seed makes a model that samples by default repeatable.
            : option.Use == CaptionOptionUse.WhenSampling && option != CaptionOptionTable.Seed && !isDrawn ? Unused(root, option)
            : Named(root, [option.Name, .. option.OpenAiNames])
        );
        return cap is null ? parameters : parameters.WithCappedTokens();
    }

    // A cap is never too large, whatever the model has room for.
    private static string? CapOf(JsonElement root, ChatForm form)
    {
        string? name = form.Caps.FirstOrDefault(name => Scalar(root, name) is not null);
        if (name is null)
        {
            return null;
        }

        string text = Scalar(root, name)!;
        bool isLarge = decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal cap) && cap > int.MaxValue;
        return isLarge ? Text(int.MaxValue) : CaptionParameters.Read(CaptionOptionTable.MaxNewTokens, name, text);
    }

    private static JsonCaption? FormatOf(JsonElement holder, string name)
    {
        if (holder.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        var format = JsonUpload.Member(holder, name);
        if (format.ValueKind == JsonValueKind.Undefined)
        {
            return null;
        }

        string? type = format.ValueKind == JsonValueKind.Object ? Scalar(format, "type") : null;
        return type switch
        {
            "text" => null,
            "json_object" => JsonCaption.Any,
            // The form of the response API has the schema beside the type.
            "json_schema" => JsonCaption.Of(
                JsonUpload.Member(
                    JsonUpload.Member(format, "json_schema") is { ValueKind: JsonValueKind.Object } inner ? inner : format,
                    "schema"
                ),
                name
            ),
            _ => throw Refusals.BadRequest($"'{name}.type' must be text, json_object or json_schema.", name),
        };
    }

    // What is left out because nothing is drawn must still be possible. A temperature may be 0 here.
    private static string? Unused(JsonElement root, CaptionOption option)
    {
        if (Scalar(root, option.Name) is { } text && !(option == CaptionOptionTable.Temperature && HeatOf(root) is >= 0 and < 1))
        {
            CaptionParameters.Read(option, option.Name, text);
        }

        return null;
    }

    private static int CountOf(JsonElement root)
    {
        var option = CaptionOptionTable.NumReturnSequences;
        string name = Scalar(root, option.OpenAiNames[0]) is null ? option.Name : option.OpenAiNames[0];
        return Scalar(root, name) is { } text ? int.Parse(CaptionParameters.Read(option, name, text), CultureInfo.InvariantCulture) : 1;
    }

    private static string? Named(JsonElement root, IReadOnlyList<string> names) =>
        names.Select(name => Scalar(root, name)).FirstOrDefault(static text => text is not null);

    private static bool IsDrawn(JsonElement root) =>
        Scalar(root, CaptionOptionTable.DoSample.Name) is { } asked
            ? CaptionParameters.ReadBoolean(CaptionOptionTable.DoSample.Name, asked)
            : ConversationTemperature.Draws(HeatOf(root));

    private static double? HeatOf(JsonElement root) =>
        double.TryParse(
            Scalar(root, CaptionOptionTable.Temperature.Name),
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out double heat
        )
            ? heat
            : null;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string? Scalar(JsonElement element, string name) => JsonUpload.Scalar(JsonUpload.Member(element, name), name);
}
