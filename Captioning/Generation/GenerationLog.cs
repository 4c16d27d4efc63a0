using Microsoft.Extensions.Logging;

namespace ImageToText.Captioning.Generation;

/// <summary>Log messages about a checkpoint's generation settings.</summary>
internal static partial class GenerationLog
{
    [LoggerMessage(EventId = 2, Level = LogLevel.Warning, Message = "{Wish}")]
    public static partial void WishNotMet(ILogger logger, string wish);
}
