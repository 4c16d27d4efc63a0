using System.Globalization;
using System.Text.Json;
using ImageToText.Contracts.Prices;
using Microsoft.Extensions.Options;

namespace ImageToText.PricingService.Prices;

/// <summary>The exchange rate of ether, with its age.</summary>
internal sealed partial class ExchangeRates(
    IOptions<ExchangeRateOptions> options,
    IHttpClientFactory clients,
    TimeProvider time,
    ILogger<ExchangeRates> logger
)
{
    public const string HttpClientName = "exchange-rate";
    private const decimal Dearest = 1_000_000m;

    private readonly ExchangeRateOptions _options = options.Value;
    private Reading? _last;
    private DateTimeOffset? _triedAt;
    private bool _failed;
    private (decimal? Rate, bool Stale) _told = (null, true);

    /// <summary>Whether it is read from a source.</summary>
    public bool IsRead => _options.Url is { Length: > 0 };

    /// <summary>The current rate.</summary>
    public ExchangeRate Now
    {
        get
        {
            if (!IsRead)
            {
                return new(_options.UsdPerEth, _options.UsdPerEth is null ? null : "configuration", null, null, false);
            }

            var reading = Volatile.Read(ref _last);
            var age = reading is null ? (TimeSpan?)null : time.GetUtcNow() - reading.At;
            return new(reading?.UsdPerEth, _options.Url, reading?.At, age?.TotalSeconds, age is null || age > _options.MaxAge);
        }
    }

    /// <summary>Reads the rate when it is time to.</summary>
    /// <param name="announce">
    /// Called when prices differ now, because the rate has changed or has become too old. If it fails, the next call repeats it.
    /// </param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task RefreshAsync(Func<CancellationToken, Task> announce, CancellationToken cancellationToken)
    {
        if (!IsRead)
        {
            return;
        }

        if (_triedAt is not { } tried || time.GetUtcNow() - tried >= _options.RefreshEvery)
        {
            await ReadAsync(cancellationToken);
        }

        var now = Now;
        var standing = (now.UsdPerEth, now.Stale);
        if (_told != standing)
        {
            await announce(cancellationToken);
            _told = standing;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var at = time.GetUtcNow();
        _triedAt = at;
        try
        {
            using var client = clients.CreateClient(HttpClientName);
            await using var answer = await client.GetStreamAsync(new Uri(_options.Url!), cancellationToken);
            using var document = await JsonDocument.ParseAsync(answer, cancellationToken: cancellationToken);
            Volatile.Write(ref _last, new(Find(document.RootElement), at));
            _failed = false;
        }
        catch (Exception failure)
            when (failure is HttpRequestException or IOException or JsonException or FormatException
                || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            if (!_failed)
            {
                Log.Unread(logger, _options.Url!, failure.Message);
                _failed = true;
            }
        }
    }

    private decimal Find(JsonElement element)
    {
        foreach (string name in _options.Path.Split('.'))
        {
            element = element.ValueKind switch
            {
                JsonValueKind.Object when element.TryGetProperty(name, out var field) => field,
                JsonValueKind.Array
                    when int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int index)
                        && index < element.GetArrayLength() => element[index],
                _ => throw new FormatException($"The answer has no {_options.Path} ({ExchangeRateOptions.Section}:Path)."),
            };
        }

        string? text = element.ValueKind == JsonValueKind.String ? element.GetString() : element.GetRawText();
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal rate) && rate is > 0 and <= Dearest
            ? rate
            : throw new FormatException($"{_options.Path} holds no rate from 0 to {Dearest}.");
    }

    private sealed record Reading(decimal UsdPerEth, DateTimeOffset At);

    private static partial class Log
    {
        [LoggerMessage(
            20,
            LogLevel.Warning,
            "The exchange rate could not be read from {Url}: {Reason} The last one is used until it is too old."
        )]
        public static partial void Unread(ILogger logger, string url, string reason);
    }
}
