using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Captioning;

/// <summary>Reads <see cref="CaptionOptions"/> by transformers' names.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    Converters = [typeof(EarlyStoppingConverter), typeof(CaptionLengthConverter), typeof(SixteenBitConverter), typeof(BackgroundConverter)]
)]
[JsonSerializable(typeof(CaptionOptions))]
internal sealed partial class CaptionOptionsJson : JsonSerializerContext;

/// <summary>short, normal or long.</summary>
internal sealed class CaptionLengthConverter() : JsonStringEnumConverter<CaptionLength>(JsonNamingPolicy.SnakeCaseLower, false);

/// <summary>scale or clip.</summary>
internal sealed class SixteenBitConverter() : JsonStringEnumConverter<SixteenBit>(JsonNamingPolicy.SnakeCaseLower, false);

/// <summary>white, black, drop or #rrggbb.</summary>
internal sealed class BackgroundConverter : JsonConverter<Background>
{
    /// <inheritdoc/>
    public override Background Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String && Background.TryParse(reader.GetString(), out var background)
            ? background
            : throw new JsonException("white, black, drop or a colour such as #ff8800 is expected.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Background value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}

/// <summary>true, false or "never".</summary>
internal sealed class EarlyStoppingConverter : JsonConverter<EarlyStopping>
{
    /// <inheritdoc/>
    public override EarlyStopping Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.True => EarlyStopping.WhenFull,
            JsonTokenType.False => EarlyStopping.Heuristic,
            JsonTokenType.String when reader.ValueTextEquals("never") => EarlyStopping.Never,
            _ => throw new JsonException("true, false or \"never\" is expected."),
        };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EarlyStopping value, JsonSerializerOptions options)
    {
        if (value == EarlyStopping.Never)
        {
            writer.WriteStringValue("never");
        }
        else
        {
            writer.WriteBooleanValue(value == EarlyStopping.WhenFull);
        }
    }
}
