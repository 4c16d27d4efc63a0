using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ImageToText.Client.Requests;

/// <summary>Options of a caption by their names on the wire.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(EarlyStoppingConverter), typeof(CaptionLengthConverter), typeof(SixteenBitConverter)]
)]
[JsonSerializable(typeof(CaptionOptions))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class CaptionOptionsJson : JsonSerializerContext
{
    /// <summary>What is set, by name.</summary>
    public static JsonObject ValuesOf(CaptionOptions options) =>
        JsonSerializer.SerializeToNode(options, Default.CaptionOptions)!.AsObject();

    /// <summary>The fields of a request in JSON.</summary>
    public static JsonObject FieldsOf(CaptionOptions options)
    {
        var values = ValuesOf(options);
        // How the cache is used is said by a header.
        values.Remove("cache");
        return values;
    }
}

/// <summary>Writes short, normal or long.</summary>
internal sealed class CaptionLengthConverter() : JsonStringEnumConverter<CaptionLength>(JsonNamingPolicy.SnakeCaseLower, false);

/// <summary>Writes scale or clip.</summary>
internal sealed class SixteenBitConverter() : JsonStringEnumConverter<SixteenBit>(JsonNamingPolicy.SnakeCaseLower, false);

/// <summary>Writes true, false or "never".</summary>
internal sealed class EarlyStoppingConverter : JsonConverter<EarlyStopping>
{
    /// <inheritdoc/>
    public override EarlyStopping Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Options are sent, never read.");

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
