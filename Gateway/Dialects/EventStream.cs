using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace ImageToText.Gateway.Dialects;

/// <summary>Writes server-sent events, each on its way as soon as it is written.</summary>
internal static class EventStream
{
    /// <summary>Begins the stream.</summary>
    public static void Begin(HttpResponse response)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-store";
        // Reverse proxies in front that buffer answers are told not to.
        response.Headers["X-Accel-Buffering"] = "no";
        response.HttpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
    }

    /// <summary>Sends one event.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="name">Its name; null: it has none.</param>
    /// <param name="data">Its data, on one line.</param>
    public static async Task SendAsync(HttpResponse response, string? name, ReadOnlyMemory<byte> data)
    {
        var writer = response.BodyWriter;
        if (name is not null)
        {
            writer.Write(Encoding.ASCII.GetBytes("event: " + name + "\n"));
        }

        writer.Write("data: "u8);
        writer.Write(data.Span);
        writer.Write("\n\n"u8);
        await writer.FlushAsync(response.HttpContext.RequestAborted);
    }

    private static void Write(this System.IO.Pipelines.PipeWriter writer, ReadOnlySpan<byte> bytes) =>
        System.Buffers.BuffersExtensions.Write(writer, bytes);
}
