using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Validation;

/// <summary>
/// Checks options by the rules that stand at their properties, then by what they say of themselves (<see cref="IValidatableObject"/>).
/// A message begins with the offending key as it stands in the configuration, and says what to write there.
/// </summary>
/// <typeparam name="TOptions">The options class.</typeparam>
/// <param name="section">The configuration section they are read from.</param>
public sealed class OptionsRules<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        List<string> failures = [];
        foreach (var property in typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            object? value = property.GetValue(options);
            var rules = property.GetCustomAttributes<ValidationAttribute>().ToList();
            failures.AddRange(rules.Where(rule => !rule.IsValid(value)).Select(rule => Explain($"{section}:{property.Name}", value, rule)));

            // Where nothing else is said, a wait of no time makes no sense.
            if (value is TimeSpan span && span <= TimeSpan.Zero && rules.Count == 0)
            {
                failures.Add($"{section}:{property.Name} is {value}: give a time span above zero, such as 00:00:05.");
            }
        }

        if (options is IValidatableObject itself)
        {
            failures.AddRange(itself.Validate(new ValidationContext(options)).Select(static result => result.ErrorMessage!));
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static string Explain(string key, object? value, ValidationAttribute rule) =>
        rule switch
        {
            RequiredAttribute => $"{key} is missing: {rule.ErrorMessage ?? "give a value."}",
            RangeAttribute range => string.Create(
                CultureInfo.InvariantCulture,
                $"{key} is {value}: "
                    + $"{rule.ErrorMessage ?? string.Create(CultureInfo.InvariantCulture, $"give {range.Minimum} to {range.Maximum}.")}"
            ),
            AtLeastAttribute least => string.Create(CultureInfo.InvariantCulture, $"{key} is {value}: {least.FormatErrorMessage(key)}"),
            RegularExpressionAttribute pattern => $"{key} is '{value}': {rule.ErrorMessage ?? $"it must match {pattern.Pattern}."}",
            _ => $"{key} is '{value}': {rule.FormatErrorMessage(key)}",
        };
}
