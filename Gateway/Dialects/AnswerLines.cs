using System.Buffers;
using ImageToText.Gateway.Errors;
using ImageToText.ServiceDefaults.Events;

namespace ImageToText.Gateway.Dialects;

/// <summary>An answer as lines of JSON (NDJSON), each sent as soon as it is there.</summary>
internal static class AnswerLines
{
    /// <summary>The media type.</summary>
    public const string ContentType = "application/x-ndjson";

    /// <summary>Writes the lines. After the first one, a refusal can only be sent as another line.</summary>
    /// <param name="http">The request.</param>
    /// <param name="lines">Each is one JSON value in UTF-8.</param>
    /// <param name="explain">Turns a refusal into a line.</param>
    /// <exception cref="RefusalException">The answer failed before its first line.</exception>
    public static async Task WriteAsync(HttpContext http, IAsyncEnumerable<byte[]> lines, Func<Refusal, byte[]> explain)
    {
        var answered = StreamedAnswer.EndingWithRefusal(http.Response, lines, explain, http.RequestAborted);
        await foreach (byte[] line in answered)
        {
            StreamedResponse.Begin(http.Response, ContentType);
            http.Response.BodyWriter.Write(line);
            http.Response.BodyWriter.Write("\n"u8);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
    }
}
