using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace ImageToText.Bench.Load;

/// <summary>Asks a service for captions over HTTP.</summary>
internal sealed class CaptionClient : IDisposable
{
    private readonly Uri _captions = new("/image-to-text", UriKind.Relative);
    private readonly HttpClient _http;
    private readonly (string Name, string Value)[] _fields;
    private int _known;

    /// <summary>Makes a client.</summary>
    /// <param name="address">Base address of a gateway or node.</param>
    /// <param name="fields">Form fields besides the picture.</param>
    public CaptionClient(Uri address, params (string Name, string Value)[] fields)
    {
        _fields = fields;
        _http = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromMinutes(2),
        };
    }

    /// <summary>The answer to the first failed request; null: none failed.</summary>
    public string? FirstFailure { get; private set; }

    /// <summary>Captions that came from a cache.</summary>
    public int Known => Volatile.Read(ref _known);

    /// <summary>Decoder steps of a picture's caption: one for each token, and one for the end if it came by itself.</summary>
    public async Task<int> CountStepsAsync(byte[] picture, CancellationToken cancellationToken)
    {
        using var form = Form(picture);
        form.Add(new StringContent("true"), "details");
        using var answer = await _http.PostAsync(_captions, form, cancellationToken);
        answer.EnsureSuccessStatusCode();
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(cancellationToken));
        return body.RootElement.GetProperty("details").GetProperty("sequences")[0].GetProperty("log_probabilities").GetArrayLength();
    }

    /// <summary>Sends a picture and reads the answer to its end.</summary>
    public async Task<Outcome> CaptionAsync(byte[] picture, CancellationToken cancellationToken)
    {
        using var form = Form(picture);
        try
        {
            using var answer = await _http.PostAsync(_captions, form, cancellationToken);
            if (answer.StatusCode == HttpStatusCode.TooManyRequests)
            {
                return Outcome.Refused;
            }

            if (!answer.IsSuccessStatusCode)
            {
                FirstFailure ??= $"{(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(cancellationToken)}";
                return Outcome.Failed;
            }

            if (answer.Headers.TryGetValues("x-cache", out var cache) && cache.First() != "miss")
            {
                Interlocked.Increment(ref _known);
            }

            return Outcome.Answered;
        }
        catch (Exception exception)
            when (exception is HttpRequestException or IOException
                || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            FirstFailure ??= exception.Message;
            return Outcome.Failed;
        }
    }

    public void Dispose() => _http.Dispose();

    private MultipartFormDataContent Form(byte[] picture)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in _fields)
        {
            form.Add(new StringContent(value), name);
        }

        var file = new ByteArrayContent(picture);
        file.Headers.ContentType = new MediaTypeHeaderValue("image/jpeg");
        form.Add(file, "image", "picture.jpg");
        return form;
    }
}
