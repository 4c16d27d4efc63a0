using ImageToText.Gateway.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// Limits the size of a request's headers. The server reads more than is allowed, so that headers that are too large are refused
/// in the request's dialect. Headers that are far too large never become a request, and get the server's own bare 431.
/// </summary>
internal static class HeaderLimits
{
    /// <summary>The most bytes of all names and values together, as in most servers.</summary>
    public const int MaxBytes = 32 * 1024;

    /// <summary>The most headers.</summary>
    public const int MaxCount = 100;

    private const int ReadableBytes = 4 * MaxBytes;
    private const int ReadableCount = 4 * MaxCount;

    /// <summary>Makes the server read more than is allowed.</summary>
    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxRequestHeadersTotalSize = ReadableBytes;
        limits.MaxRequestHeaderCount = ReadableCount;
        limits.Http2.MaxRequestHeaderFieldSize = ReadableBytes;
    }

    /// <summary>Checks a request's headers.</summary>
    /// <exception cref="RefusalException">431: they are too large, or too many.</exception>
    public static void Check(IHeaderDictionary headers)
    {
        long bytes = 0L;
        int count = 0;
        foreach (var (name, values) in headers)
        {
            foreach (string? value in values)
            {
                bytes += name.Length + (value?.Length ?? 0);
                count++;
            }
        }

        if (bytes > MaxBytes || count > MaxCount)
        {
            throw Refusals.HeadersTooLarge(MaxBytes, MaxCount);
        }
    }
}
