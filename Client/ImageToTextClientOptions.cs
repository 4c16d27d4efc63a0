using Microsoft.Extensions.Options;

namespace ImageToText.Client;

/// <summary>Where the service is, and how patient the client is.</summary>
public sealed class ImageToTextClientOptions
{
    /// <summary>The configuration section where operators expect these options.</summary>
    public const string Section = "ImageToText:Client";

    /// <summary>The gateway's address, http or https. A path in it is kept. Null: the HttpClient's base address.</summary>
    public Uri? Endpoint { get; set; }

    /// <summary>The API key; null: none is sent.</summary>
    public string? ApiKey { get; set; }

    /// <summary>How long one attempt may take, and how long a stream may stay silent.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>How often to retry a refusal that is not the caller's fault (429, 502, 503, 504); 0: never.</summary>
    public int MaxRetries { get; set; } = 3;

    /// <summary>The pause before the first retry if the service names none. It doubles with each retry and has jitter.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause. If the service asks for a longer one, the caller gets the error at once.</summary>
    public TimeSpan LongestRetryDelay { get; set; } = TimeSpan.FromSeconds(60);
}

/// <summary>Validates the options and names invalid ones by their keys.</summary>
internal sealed class ImageToTextClientOptionsValidator : IValidateOptions<ImageToTextClientOptions>
{
    public ValidateOptionsResult Validate(string? name, ImageToTextClientOptions options)
    {
        const string section = ImageToTextClientOptions.Section;
        var faults = new List<string>();
        if (options.Endpoint is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
        {
            faults.Add($"{section}:Endpoint is '{options.Endpoint}': give the gateway's address, such as http://localhost:8080.");
        }

        if (options.ApiKey is { } key && (key.Length == 0 || key.Any(static letter => letter is <= ' ' or > '~')))
        {
            // The key itself must not appear in a log.
            faults.Add($"{section}:ApiKey is empty or contains characters that keys never contain: copy it as shown, or leave it out.");
        }

        if (options.Timeout <= TimeSpan.Zero)
        {
            faults.Add($"{section}:Timeout is {options.Timeout}: give a time span above zero, such as 00:01:40.");
        }

        if (options.MaxRetries < 0)
        {
            faults.Add($"{section}:MaxRetries is {options.MaxRetries}: give 0 (never) or more.");
        }

        if (options.RetryDelay < TimeSpan.Zero || options.RetryDelay > TimeSpan.FromDays(1))
        {
            faults.Add($"{section}:RetryDelay is {options.RetryDelay}: give a time span from zero to a day, such as 00:00:00.500.");
        }

        if (options.LongestRetryDelay <= TimeSpan.Zero || options.LongestRetryDelay > TimeSpan.FromDays(1))
        {
            faults.Add(
                $"{section}:LongestRetryDelay is {options.LongestRetryDelay}: give a time span above zero and up to a "
                    + $"day, such as 00:01:00."
            );
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
