using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ImageToText.ServiceDefaults.Secrets;

/// <summary>
/// Options that follow the configuration while the service runs, so that a token can be changed without a restart. If what they
/// change to is not valid, the last valid ones hold.
/// </summary>
/// <typeparam name="TOptions">The options class.</typeparam>
/// <param name="monitor">Follows the configuration.</param>
/// <param name="logger">Is told of changes that are not valid.</param>
public sealed partial class LiveOptions<TOptions>(IOptionsMonitor<TOptions> monitor, ILogger<LiveOptions<TOptions>> logger)
    where TOptions : class
{
    private volatile TOptions _valid = monitor.CurrentValue;
    private volatile string? _fault;

    /// <summary>The options in force.</summary>
    public TOptions Value
    {
        get
        {
            try
            {
                _valid = monitor.CurrentValue;
                _fault = null;
            }
            catch (OptionsValidationException invalid)
            {
                if (_fault != invalid.Message)
                {
                    _fault = invalid.Message;
                    Log.Invalid(logger, invalid.Message);
                }
            }

            return _valid;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            1601,
            LogLevel.Error,
            "The configuration has changed to something that is not valid, so it is not followed: {Reason}"
        )]
        public static partial void Invalid(ILogger logger, string reason);
    }
}
