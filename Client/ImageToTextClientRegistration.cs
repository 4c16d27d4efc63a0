using ImageToText.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the client to a host.</summary>
public static class ImageToTextClientRegistration
{
    /// <summary>Adds <see cref="IImageToTextClient"/> with options set in code.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Sets the options. They are validated when the host starts.</param>
    /// <returns>The client's HttpClient, for further configuration. The client retries refused requests itself.</returns>
    public static IHttpClientBuilder AddImageToTextClient(this IServiceCollection services, Action<ImageToTextClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.Configure(configure);
        return services.AddClient();
    }

    /// <summary>Adds <see cref="IImageToTextClient"/> with options from configuration.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">
    /// The section with the options, such as <c>builder.Configuration.GetSection(ImageToTextClientOptions.Section)</c>.
    /// </param>
    /// <returns>The client's HttpClient, for further configuration. The client retries refused requests itself.</returns>
    public static IHttpClientBuilder AddImageToTextClient(this IServiceCollection services, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(section);
        services.Configure<ImageToTextClientOptions>(section);
        return services.AddClient();
    }

    private static IHttpClientBuilder AddClient(this IServiceCollection services)
    {
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<ImageToTextClientOptions>, ImageToTextClientOptionsValidator>()
        );
        services.AddOptions<ImageToTextClientOptions>().ValidateOnStart();
        return services.AddHttpClient<IImageToTextClient, ImageToTextClient>(
            static (http, provider) =>
            {
                // The client applies its own timeout to each attempt, with its own clock.
                http.Timeout = Timeout.InfiniteTimeSpan;
                return new ImageToTextClient(
                    http,
                    provider.GetRequiredService<IOptions<ImageToTextClientOptions>>().Value,
                    provider.GetService<TimeProvider>()
                );
            }
        );
    }
}
