using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ImageToText.ServiceDefaults.Files;

namespace ImageToText.Gateway.Snapshots;

/// <summary>
/// State from the pricing service, stored in the gateway's data folder, so that a gateway can start with it while
/// that service is down. The file's time is when it was last confirmed. It may contain tokens and hashes, so only this user can
/// read it.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="type">Its JSON type.</param>
/// <param name="logger">Logs when it can't be read or written.</param>
internal sealed partial class SnapshotFile<T>(string path, JsonTypeInfo<T> type, ILogger logger)
    where T : class
{
    /// <summary>What an earlier run stored, with the time of its last confirmation; null: nothing readable.</summary>
    public (T Value, DateTimeOffset AsOf)? Load()
    {
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            using var stream = File.OpenRead(path);
            return JsonSerializer.Deserialize(stream, type) is { } value
                ? (value, new DateTimeOffset(File.GetLastWriteTimeUtc(path)))
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            SnapshotFileLog.Unreadable(logger, path, failure.Message);
            return null;
        }
    }

    /// <summary>Stores a value in place of the previous one.</summary>
    public void Save(T value) => Try(() => WholeFile.Write(path, stream => JsonSerializer.Serialize(stream, value, type), isSecret: true));

    /// <summary>Confirms the stored value.</summary>
    public void Confirm(DateTimeOffset at) => Try(() => File.SetLastWriteTimeUtc(path, at.UtcDateTime));

    // The gateway works without the file; only a start without the pricing service needs it.
    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            SnapshotFileLog.Unwritable(logger, path, failure.Message);
        }
    }
}

internal static partial class SnapshotFileLog
{
    [LoggerMessage(2111, LogLevel.Warning, "The state that an earlier run kept in {File} can't be read and is not used: {Reason}")]
    public static partial void Unreadable(ILogger logger, string file, string reason);

    [LoggerMessage(2112, LogLevel.Warning, "The state for a start without the pricing service can't be saved in {File}: {Reason}")]
    public static partial void Unwritable(ILogger logger, string file, string reason);
}
