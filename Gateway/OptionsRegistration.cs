using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace ImageToText.Gateway;

/// <summary>Binds options and checks them at start; a message names the offending key as it stands in the configuration.</summary>
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
            var found = new List<ValidationResult>();
            System.ComponentModel.DataAnnotations.Validator.TryValidateObject(options, new ValidationContext(options), found, validateAllProperties: true);
            var failures = found.ConvertAll(result => $"{section}:{result.MemberNames.FirstOrDefault()}: {result.ErrorMessage}");
            foreach (var property in typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                if (property.PropertyType == typeof(TimeSpan) && (TimeSpan)property.GetValue(options)! <= TimeSpan.Zero)
                {
                    failures.Add($"{section}:{property.Name} is {property.GetValue(options)}: give a time span above zero, such as 00:00:05.");
                }
            }

            return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }
    }
}
