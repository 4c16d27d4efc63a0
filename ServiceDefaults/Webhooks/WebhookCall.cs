using System.Globalization;
using System.Net.Mime;
using System.Text;

namespace ImageToText.ServiceDefaults.Webhooks;

/// <summary>Posts a notice to a webhook: JSON with a signature. Whoever stores the notice repeats the call until it succeeds.</summary>
public static class WebhookCall
{
    private const int MostDoublings = 20;
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    /// <summary>How long to wait for the receiver's answer.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a sender claims a notice, so that no other one sends it too: longer than the patience.</summary>
    public static TimeSpan Claim { get; } = TimeSpan.FromMinutes(1);

    /// <summary>The pause after a call that failed: twice as long each time, up to an hour.</summary>
    /// <param name="attempts">How often the notice was sent.</param>
    public static TimeSpan PauseAfter(int attempts)
    {
        var pause = FirstPause * Math.Pow(2, Math.Clamp(attempts - 1, 0, MostDoublings));
        return pause < LongestPause ? pause : LongestPause;
    }

    /// <summary>Sends a notice once.</summary>
    /// <param name="send">Sends a request and returns once the answer's headers are there, or throws when the patience is over.</param>
    /// <param name="address">The receiver.</param>
    /// <param name="key">What signs the notice.</param>
    /// <param name="id">The notice's id.</param>
    /// <param name="body">The notice, as JSON.</param>
    /// <param name="now">The time of sending.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Why it did not arrive; null: it did.</returns>
    public static async Task<string?> SendAsync(
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send,
        Uri address,
        byte[] key,
        string id,
        string body,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(send);
        long seconds = now.ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, address)
        {
            Content = new StringContent(body, Encoding.UTF8, MediaTypeNames.Application.Json),
        };
        request.Headers.Add(WebhookSignature.IdHeader, id);
        request.Headers.Add(WebhookSignature.TimeHeader, seconds.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(WebhookSignature.SignatureHeader, WebhookSignature.Of(key, id, seconds, body));
        try
        {
            using var answer = await send(request, cancellationToken);
            return answer.IsSuccessStatusCode ? null : $"it answered {(int)answer.StatusCode}";
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            return failure.Message;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"it did not answer within {Patience.TotalSeconds} s";
        }
    }
}
