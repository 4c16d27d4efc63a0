using ImageToText.Gateway.Errors;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ImageToText.Gateway.Intake;

/// <summary>
/// How large a request's headers may be. The server reads more than is allowed, so that what is too large is refused in the words of
/// its dialect; what is far too large never becomes a request, and gets the server's own 431 without words.
/// </summary>
internal static class HeaderLimits
{
    /// <summary>The most bytes of all names and values together; what servers usually allow.</summary>
    public const int MaxBytes = 32 * 1024;

    /// <summary>The most headers.</summary>
    public const int MaxCount = 100;

    private const int ReadableBytes = 4 * MaxBytes;
    private const int ReadableCount = 4 * MaxCount;

    /// <summary>Has the server read more than is allowed.</summary>
    public static void Apply(KestrelServerLimits limits)
    {
        limits.MaxRequestHeadersTotalSize = ReadableBytes;
        limits.MaxRequestHeaderCount = ReadableCount;
        limits.Http2.MaxRequestHeaderFieldSize = ReadableBytes;
    }

    /// <summary>Looks at a request's headers.</summary>
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
