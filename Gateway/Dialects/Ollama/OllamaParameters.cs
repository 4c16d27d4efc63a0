using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts;
using ImageToText.Gateway.Errors;
using ImageToText.Gateway.Intake;
using ImageToText.Gateway.Pipeline;

namespace ImageToText.Gateway.Dialects.Ollama;

/// <summary>
/// Ollama's options as ours. Clients send the whole set whatever they want, so an option without a counterpart here is left out, and so
/// is a value that means "as usual" there (num_predict: -1) or lies beyond our range.
/// </summary>
internal static class OllamaParameters
{
    /// <summary>Reads the options.</summary>
    /// <exception cref="RefusalException">400: they are no object; 422: an option that counts is no number.</exception>
    public static CaptionParameters Read(JsonElement options)
    {
        if (options.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Object))
        {
            throw Refusals.BadRequest("'options' must be an object.", "options");
        }

        double? heat = NumberOf(options, "temperature");
        bool isDrawn = ConversationTemperature.Draws(heat);
        return CaptionParameters
            .Read(option =>
                option == CaptionOptionTable.DoSample
                    ? (
                        heat is null ? null
                        : isDrawn ? "true"
                        : "false"
                    )
                : option == CaptionOptionTable.Seed ? Fitting(option, options, "seed")
                : option == CaptionOptionTable.MaxNewTokens ? Fitting(option, options, "num_predict")
                : option == CaptionOptionTable.RepetitionPenalty ? Fitting(option, options, "repeat_penalty")
                : option.Use == CaptionOptionUse.WhenSampling ? (isDrawn ? Fitting(option, options, option.Name) : null)
                : OwnOf(option, options)
            )
            .WithCappedTokens();
    }

    // Options of ours that Ollama lacks, such as num_beams, are sent among its own.
    private static string? OwnOf(CaptionOption option, JsonElement options) =>
        options.ValueKind == JsonValueKind.Object && options.TryGetProperty(option.Name, out var value)
            ? JsonUpload.Scalar(value, option.Name)
            : null;

    private static string? Fitting(CaptionOption option, JsonElement options, string name)
    {
        if (NumberOf(options, name) is not { } number)
        {
            return null;
        }

        // As it was written, because a large seed fits into no floating point number; else 160.0 as 160.
        string[] spellings = [options.GetProperty(name).GetRawText(), number.ToString(CultureInfo.InvariantCulture)];
        return spellings.FirstOrDefault(text => option.Read(text, out _) == CaptionOptionFault.None);
    }

    private static double? NumberOf(JsonElement options, string name) =>
        options.ValueKind != JsonValueKind.Object || !options.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null
            ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number
        : throw Refusals.InvalidOption(name, $"'options.{name}' must be a number.");
}
