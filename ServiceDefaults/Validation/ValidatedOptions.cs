using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Validation;

/// <summary>Adds options that are checked when the service starts.</summary>
public static class ValidatedOptions
{
    /// <summary>
    /// Binds options to a section of the configuration and has them checked at the start (<see cref="OptionsRules{TOptions}"/>).
    /// </summary>
    /// <typeparam name="TOptions">The options class.</typeparam>
    /// <param name="services">The services.</param>
    /// <param name="section">The section.</param>
    /// <returns>For what else is to be said of the options.</returns>
    public static OptionsBuilder<TOptions> AddValidated<TOptions>(this IServiceCollection services, string section)
        where TOptions : class
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>>(new OptionsRules<TOptions>(section)));
        return services.AddOptions<TOptions>().BindConfiguration(section).ValidateOnStart();
    }
}
