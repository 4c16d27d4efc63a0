using System.Globalization;
using System.Numerics;

namespace ImageToText.PricingService.Errors;

/// <summary>
/// Numbers of a query. Handlers take them as text: ASP.NET's generated code answers an optional number that can't be read without a
/// body.
/// </summary>
internal static class QueryNumbers
{
    /// <summary>Reads one; null: it was not given.</summary>
    /// <param name="text">The value.</param>
    /// <param name="name">The parameter's name.</param>
    /// <exception cref="PricingRefusalException">400: it can't be read.</exception>
    public static T? Read<T>(string? text, string name)
        where T : struct, INumber<T> =>
        string.IsNullOrEmpty(text) ? null
        : T.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number
        : throw PricingRefusals.Invalid($"{name} must be a {(IsWhole<T>() ? "whole " : "")}number: '{text}' can't be read.");

    /// <summary>Reads one that must be given.</summary>
    /// <inheritdoc cref="Read"/>
    public static T Required<T>(string? text, string name)
        where T : struct, INumber<T> => Read<T>(text, name) ?? throw PricingRefusals.Invalid($"{name} is missing.");

    private static bool IsWhole<T>()
        where T : INumber<T> => T.One / (T.One + T.One) == T.Zero;
}
