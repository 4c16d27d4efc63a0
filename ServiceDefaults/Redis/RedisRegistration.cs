using Microsoft.Extensions.DependencyInjection;

namespace ImageToText.ServiceDefaults.Redis;

/// <summary>Adds the way to Redis to a host.</summary>
public static class RedisRegistration
{
    /// <summary>Adds one <see cref="RedisLink"/>, however often it is called.</summary>
    /// <param name="services">The host's services.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddRedisLink(this IServiceCollection services)
    {
        if (services.Any(static service => service.ServiceType == typeof(RedisLink)))
            return services;
        services.AddSingleton<RedisLink>();
        services.AddHostedService(static provider => provider.GetRequiredService<RedisLink>());
        return services;
    }
}
