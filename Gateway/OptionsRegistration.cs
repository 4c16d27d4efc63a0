using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway;

/// <summary>
/// Binds options and validates them at startup. The message names the invalid key as it is in the configuration.
/// </summary>
internal static class OptionsRegistration
{
    public static void AddValidated<TOptions>(this IServiceCollection services, string section)
        where TOptions : class
    {
        services.AddOptions<TOptions>().BindConfiguration(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TOptions>>(new Validator<TOptions>(section));
    }

    private sealed class Validator<TOptions>(string section) : IValidateOptions<TOptions>
        where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            List<string> failures = [];
            foreach (var property in typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                object? value = property.GetValue(options);
                failures.AddRange(
                    property
                        .GetCustomAttributes<ValidationAttribute>()
                        .Where(rule => !rule.IsValid(value))
                        .Select(rule => Explain($"{section}:{property.Name}", value, rule))
                );
                if (property.PropertyType == typeof(TimeSpan) && (TimeSpan)value! <= TimeSpan.Zero)
                {
                    failures.Add($"{section}:{property.Name} is {value}: give a time span above zero, such as 00:00:05.");
                }
            }

            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }

        private static string Explain(string key, object? value, ValidationAttribute rule) =>
            rule switch
            {
                RequiredAttribute => $"{key} is missing: {rule.ErrorMessage ?? "give a value."}",
                RangeAttribute range => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{key} is {value}: give {range.Minimum} to {range.Maximum}."
                ),
                RegularExpressionAttribute pattern => $"{key} is '{value}': {rule.ErrorMessage ?? $"it must match {pattern.Pattern}."}",
                _ => $"{key} is '{value}': {rule.FormatErrorMessage(key)}",
            };
    }
}
