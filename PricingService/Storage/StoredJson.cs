using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ImageToText.PricingService.Storage;

/// <summary>Values stored as JSON in one column, because nothing is ever looked up inside them.</summary>
internal static class StoredJson
{
    public static string? Write<T>(T? value, JsonTypeInfo<T> type)
        where T : class => value is null ? null : JsonSerializer.Serialize(value, type);

    public static T? Read<T>(string? json, JsonTypeInfo<T> type)
        where T : class => json is null ? null : JsonSerializer.Deserialize(json, type);
}
