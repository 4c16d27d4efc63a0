using System.Collections.Concurrent;
using System.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ImageToText.Gateway.Tests.Jobs;

/// <summary>A server that speaks as much S3 as jobs need, with one bucket in memory, and that refuses and stalls on demand.</summary>
internal sealed class FakeBucket : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _listings;

    private FakeBucket(WebApplication app) => _app = app;

    /// <summary>Its objects.</summary>
    public ConcurrentDictionary<string, byte[]> Objects { get; } = new(StringComparer.Ordinal);

    /// <summary>What it refuses, with which status and error code; null: nothing.</summary>
    public Func<HttpRequest, (int Status, string Code)?> Refuses { get; set; } = static _ => null;

    /// <summary>The key of the object whose second half never comes; null: none.</summary>
    public string? Stalls { get; set; }

    /// <summary>How often it was asked for a listing.</summary>
    public int Listings => Volatile.Read(ref _listings);

    public static async Task<FakeBucket> StartAsync()
    {
        // Credentials come from nowhere else. No other tests use them.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", S3Process.Credential);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", S3Process.Credential);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var bucket = new FakeBucket(builder.Build());
        bucket._app.Run(bucket.AnswerAsync);
        await bucket._app.StartAsync(TestContext.Current.CancellationToken);
        return bucket;
    }

    /// <summary>The settings that open it, with the objects below photos/.</summary>
    public string[] Open(string name) =>
        [
            $"Gateway:OpenBuckets:Buckets:0:Name={name}",
            "Gateway:OpenBuckets:Buckets:0:Bucket=pictures",
            "Gateway:OpenBuckets:Buckets:0:Prefix=photos/",
            $"Gateway:OpenBuckets:Buckets:0:ServiceUrl={_app.Urls.First()}",
            "Gateway:OpenBuckets:Buckets:0:PathStyle=true",
            "Gateway:OpenBuckets:Buckets:0:Sidecars=true",
        ];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task RefuseAsync(HttpResponse response, int status, string code)
    {
        response.StatusCode = status;
        response.ContentType = "application/xml";
        return response.WriteAsync($"<Error><Code>{code}</Code><Message>As the test wants it.</Message></Error>");
    }

    private async Task AnswerAsync(HttpContext http)
    {
        string key = http.Request.Path.Value!["/pictures".Length..].TrimStart('/');
        if (key.Length == 0)
        {
            Interlocked.Increment(ref _listings);
        }

        if (Refuses(http.Request) is { } refusal)
        {
            await RefuseAsync(http.Response, refusal.Status, refusal.Code);
        }
        else if (key.Length == 0)
        {
            await ListAsync(http);
        }
        else if (http.Request.Method == HttpMethods.Put)
        {
            using var bytes = new MemoryStream();
            await http.Request.Body.CopyToAsync(bytes, http.RequestAborted);
            Objects[key] = bytes.ToArray();
            http.Response.Headers.ETag = "\"1\"";
        }
        else if (!Objects.TryGetValue(key, out byte[]? found))
        {
            await RefuseAsync(http.Response, StatusCodes.Status404NotFound, "NoSuchKey");
        }
        else if (found.Length == 0 && http.Request.Headers.Range.Count > 0)
        {
            await RefuseAsync(http.Response, StatusCodes.Status416RangeNotSatisfiable, "InvalidRange");
        }
        else
        {
            // Of a range only the whole, which servers may answer too.
            http.Response.ContentLength = found.Length;
            int first = key == Stalls ? found.Length / 2 : found.Length;
            await http.Response.Body.WriteAsync(found.AsMemory(0, first), http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(first < found.Length ? Timeout.Infinite : 0, http.RequestAborted);
        }
    }

    private Task ListAsync(HttpContext http)
    {
        string prefix = http.Request.Query["prefix"].ToString();
        var contents = Objects
            .Where(found => found.Key.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(static found => found.Key, StringComparer.Ordinal)
            .Select(static found =>
                $"<Contents><Key>{SecurityElement.Escape(found.Key)}</Key><Size>{found.Value.Length}</Size></Contents>"
            );
        http.Response.ContentType = "application/xml";
        return http.Response.WriteAsync(
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>pictures</Name><IsTruncated>false</IsTruncated>"
                + string.Concat(contents)
                + "</ListBucketResult>"
        );
    }
}
