using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageToText.Contracts;

/// <summary>
/// Writes an enum's members as <c>snake_case</c> strings and refuses numbers, so that a value in JSON is always a word.
/// </summary>
/// <typeparam name="TEnum">The enum.</typeparam>
public sealed class SnakeCaseEnumConverter<TEnum>()
    : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where TEnum : struct, Enum;
