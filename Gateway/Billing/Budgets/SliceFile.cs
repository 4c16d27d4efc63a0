using System.Text.Json;
using System.Text.Json.Serialization;
using ImageToText.ServiceDefaults.Files;

namespace ImageToText.Gateway.Billing.Budgets;

/// <summary>
/// The slices that this gateway holds, in its data folder, so that its next life goes on spending them if the pricing service is away.
/// What the journal still holds is not in it.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="logger">Logs when it can't be read or written.</param>
internal sealed partial class SliceFile(string path, ILogger logger)
{
    private readonly Lock _one = new();
    private bool _isClosed;

    /// <summary>The slices of an earlier life; empty: there are none.</summary>
    public IReadOnlyList<SavedSlice> Load()
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), SliceFileJson.Default.ListSavedSlice) ?? [] : [];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or JsonException)
        {
            Log.Unreadable(logger, path, failure.Message);
            return [];
        }
    }

    /// <summary>Replaces them.</summary>
    /// <param name="slices">Returns the slices as they are now.</param>
    public void Save(Func<List<SavedSlice>> slices)
    {
        // What is older must not replace what is newer.
        lock (_one)
        {
            if (_isClosed)
            {
                return;
            }

            try
            {
                WholeFile.Write(path, stream => Write(stream, slices()), isSecret: true);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // An older state could be spent twice.
                Log.Unwritable(logger, path, failure.Message);
                Remove();
            }
        }
    }

    /// <summary>Nothing is written from now on.</summary>
    public void Close()
    {
        lock (_one)
        {
            _isClosed = true;
        }
    }

    private static void Write(Stream stream, List<SavedSlice> slices)
    {
        JsonSerializer.Serialize(stream, slices, SliceFileJson.Default.ListSavedSlice);
        if (stream is FileStream file)
        {
            file.Flush(flushToDisk: true);
        }
    }

    private void Remove()
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Log.Unwritable(logger, path, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            2303,
            LogLevel.Warning,
            "The budget slices that an earlier run kept in {File} can't be read and are not used: {Reason}"
        )]
        public static partial void Unreadable(ILogger logger, string file, string reason);

        [LoggerMessage(
            2304,
            LogLevel.Warning,
            "Budget slices can't be saved in {File}; a restart without the pricing service would have none: {Reason}"
        )]
        public static partial void Unwritable(ILogger logger, string file, string reason);
    }
}

/// <summary>A slice on disk.</summary>
/// <param name="KeyId">Its key.</param>
/// <param name="SliceId">Its id.</param>
/// <param name="Amount">USD in it, including what was spent.</param>
/// <param name="Shipped">The part spent by records that are no longer in the journal.</param>
/// <param name="LeaseLeft">How long it might still be used when it was saved.</param>
/// <param name="SavedAt">When that was.</param>
/// <param name="ModelId">The model whose budget it is from; null: the key's for all models without one.</param>
internal sealed record SavedSlice(
    string KeyId,
    string SliceId,
    decimal Amount,
    decimal Shipped,
    TimeSpan LeaseLeft,
    DateTimeOffset SavedAt,
    string? ModelId = null
);

/// <summary>JSON for the file.</summary>
[JsonSerializable(typeof(List<SavedSlice>))]
internal sealed partial class SliceFileJson : JsonSerializerContext;
